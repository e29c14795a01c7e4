// What the inspector shows of a block beside what it shows of any layer: title, copies in a row, and its own settings.

import { button, focused, make } from "./elements.js";
import { known } from "./search.js";

export class Block {
  constructor(board, path) {
    Object.assign(this, { board, path });
    const op = (what) => board.send({ node: path, ...what });
    const field = (label, input) => make("div", { class: "field" }, make("div", { class: "head" }, make("label", { for: input.id }, label)), input);
    this.title = make("input", { type: "text", id: "board-block-title", spellcheck: "false", autocomplete: "off" });
    this.times = make("input", { type: "number", id: "board-block-times", min: 1, max: 64, step: 1 });
    this.#takes(this.title, ({ title }) => title, (title) => op({ do: "title", title }));
    this.#takes(this.times, ({ repeat }) => repeat ?? 1, (times) => op({ do: "repeat", times: Number(times) || 1 }));
    this.open = button("", () => op({ do: "open", open: !this.board.nodes.get(path).block.open }), { class: "small" });
    this.element = make(
      "div", { class: "block" },
      field("Title (its class in the code)", this.title), field("Copies in a row", this.times),
      make("div", { class: "acts" }, this.open, button("Ungroup", () => op({ do: "ungroup" }), { class: "small", title: "Its layers take its place" })),
    );
  }

  // What is entered is sent once, though Enter comes as a key and as a change; what was refused goes with the focus.
  #takes(input, read, send) {
    const now = () => String(read(this.board.nodes.get(this.path)?.block ?? {}));
    let sent = null;
    const enter = () => {
      const text = input.value.trim();
      if (text === sent || text === now()) return;
      sent = text;
      send(text).then(() => (sent = null));
    };
    input.addEventListener("change", enter);
    input.addEventListener("blur", () => sent === null && this.board.nodes.has(this.path) && (input.value = now()));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") enter();
    });
  }

  update({ block }) {
    if (focused(this.title) !== this.title) this.title.value = block.title;
    if (focused(this.times) !== this.times) this.times.value = block.repeat ?? 1;
    this.open.textContent = block.open ? "Close it" : "Open it";
    this.open.setAttribute("aria-expanded", String(Boolean(block.open)));
  }
}

/** A block's settings as the fields they are inside: `channels` has the bounds of the convolution that takes it. */
export function lifted(board, path, block) {
  return Object.entries(block.settings ?? {}).map(([name, value]) => {
    const [place] = Object.entries(block.lifted ?? {}).find(([, taken]) => taken === name) ?? [];
    const at = place?.lastIndexOf(".") ?? -1;
    const inner = at > 0 && board.nodes.get(`${path}.${place.slice(0, at)}`);
    const setting = inner && known(board, inner.kind)?.settings?.find((each) => each.name === place.slice(at + 1));
    const type = typeof value === "number" ? (Number.isInteger(value) ? "int" : "float") : typeof value === "boolean" ? "bool" : "text";
    return { type, help: "", ...setting, name, label: name.replaceAll("_", " "), advanced: false, optional: false, default: value };
  });
}
