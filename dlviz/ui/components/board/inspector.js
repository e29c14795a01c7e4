// The chosen layer: what is wrong with it first, then its settings, what it reads, what comes of it, what it is.
// For a block its title, copies and lifted settings; for several layers their sums; for none the network as a whole.

import { Block, lifted } from "./block.js";
import { about } from "./card.js";
import { button, focused, grouped, make } from "./elements.js";
import { Form } from "./form.js";
import { problems } from "./problems.js";
import { builtIn, known, nameOf } from "./search.js";
import { tabs } from "./side.js";
import { freeTitle, several } from "./several.js";
import { weights } from "./weights.js";
import { whole } from "./whole.js";
import { Wiring } from "./wiring.js";

export function inspector(board, host) {
  tabs(board, host);
  const panel = host.tab("layer", "Layer");
  panel.classList.add("inspector");
  let shown = null, key = "", sought = "";

  function draw() {
    if (!board.loaded) return;
    const chosen = [...board.selection].filter((path) => board.nodes.has(path));
    const path = chosen.length === 1 ? chosen[0] : null;
    const node = path && board.nodes.get(path);
    const now = path ? `${path} ${node.kind} ${board.menu.length}` : "";
    if (path && now === key) return shown.update(node);
    shown?.leave?.();
    key = now;
    const held = holds(panel);
    shown = path ? new One(board, path, node) : null;
    panel.replaceChildren(shown ? shown.element : chosen.length ? several(board, chosen) : whole(board));
    if (held === null) return;
    sought = held || sought; // a renamed layer is gone for a moment, and so is the field in which its name was typed
    const place = sought && panel.querySelector(sought);
    if (place) sought = "";
    (place || panel).focus({ preventScroll: true });
  }

  for (const name of ["view", "selection", "menu", "data"]) board.addEventListener(name, draw);
  board.addEventListener("ask", ({ detail }) => {
    if (detail.what !== "settings" && detail.what !== "problems") return;
    host.fold?.("side", false);
    host.choose("layer");
    panel.scrollTop = 0;
    if (detail.what === "problems") (panel.querySelector(".problem button") ?? panel).focus({ preventScroll: true });
    else (panel.querySelector(".form input, .form select") ?? panel.querySelector("input, button") ?? panel).focus();
  });
}

// How to find again, in the panel drawn anew, what has the focus in it now; "" for the panel itself, null
// where nothing in it has.
function holds(panel) {
  const held = focused(panel);
  if (!held || !panel.contains(held)) return null;
  if (held === panel) return "";
  const setting = held.closest("[data-setting]")?.dataset.setting;
  if (setting) return `[data-setting="${setting}"] input, [data-setting="${setting}"] select`;
  const label = held.getAttribute("aria-label");
  return label ? `[aria-label="${CSS.escape(label)}"]` : held.id ? `#${held.id}` : "[tabindex]";
}

const NAME = /^[A-Za-z_]\w{0,63}$/;

class One {
  constructor(board, path, node) {
    Object.assign(this, { board, path });
    const entry = this.entry = node.block ? builtIn(board, node.block.title) : known(board, node.kind);
    const scope = board.scope(path);
    const inBlock = board.inBlock(path);
    this.name = make("input", {
      class: "name", type: "text", value: board.name(path), spellcheck: "false", autocomplete: "off", "aria-label": "Name of the layer",
      title: "Its name in the code", onchange: () => this.#rename(), onkeydown: (event) => this.#nameKey(event),
    });
    this.title = make("h2", {}, node.block ? node.block.title : node.kind);
    this.wrongName = make("p", { class: "wrong", role: "status" });
    this.faults = make("div", { class: "faults" });
    this.form = new Form({
      change: (name, value, none) =>
        board.send({ do: "set", node: this.path, settings: none ? {} : { [name]: value }, none: none ? [name] : undefined }),
      lift: inBlock && !node.block ? (setting) => this.#lift(setting) : null,
      lower: (name) => board.send({ do: "lower", node: scope, name }),
    });
    this.wiring = new Wiring(board, path);
    this.facts = make("dl", { class: "facts" });
    this.block = node.block && new Block(board, path);
    this.element = make(
      "div", { class: "one" },
      make("header", {}, this.title, this.name, this.wrongName),
      this.faults,
      this.block?.element,
      this.form.element,
      this.wiring.element,
      make("section", { class: "part" }, make("h3", {}, "What comes of it"), this.facts),
      this.#acts(node),
      entry && make("section", { class: "part" }, make("h3", {}, `What ${nameOf(entry)} is`), about(board, entry)),
      !node.block && weights(board, path, node),
    );
    this.element.style.setProperty("--group", board.color(node.group));
    this.update(node);
  }

  update(node) {
    const { board, path } = this;
    const inside = this.faults.contains(focused(this.faults));
    const found = problems(board, path);
    const now = found.map((problem) => problem.textContent).join("\n");
    if (now !== this.wrong) {
      this.wrong = now;
      this.faults.replaceChildren(...found);
      if (inside) this.name.focus(); // its button is gone: the work is done
    }
    if (node.block) this.title.textContent = node.block.title;
    if (focused(this.name) !== this.name && !this.wrongName.textContent) this.name.value = board.name(path);
    this.block?.update(node);
    const settings = node.block ? lifted(board, path, node.block) : (this.entry?.settings ?? []);
    this.form.element.hidden = settings.length === 0;
    this.form.show(settings, node.block ? node.block.settings ?? {} : node.settings ?? {});
    this.wiring.update(node);
    this.facts.replaceChildren(...facts(node));
  }

  /** Somebody turns to another layer: what has been typed and not yet sent goes first. */
  leave() {
    this.form.flush();
    this.#rename();
  }

  #rename() {
    const { board, path } = this;
    const name = this.name.value.trim();
    if (!board.nodes.has(path)) return;
    const taken = name !== board.name(path) && board.nodes.has(`${board.scope(path)}.${name}`);
    this.wrongName.textContent = !NAME.test(name)
      ? "A layer's name is letters, digits and _ and starts with a letter: it names a line of code."
      : taken ? `Each layer needs a name of its own; ${name} is taken.` : "";
    this.name.setAttribute("aria-invalid", String(Boolean(this.wrongName.textContent)));
    if (this.wrongName.textContent || name === board.name(path) || name === this.tried) return;
    this.tried = name;
    this.board.send({ do: "rename", node: this.path, name });
  }

  #nameKey(event) {
    if (event.key === "Escape") {
      if (this.name.value === this.board.name(this.path) && !this.wrongName.textContent) return; // leads back to the canvas
      this.name.value = this.board.name(this.path);
      this.wrongName.textContent = "";
    } else if (event.key !== "Enter") return event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") this.#rename();
  }

  #lift(setting) {
    const block = this.board.scope(this.path);
    const taken = Object.keys(this.board.nodes.get(block)?.block?.settings ?? {});
    let name = setting.name;
    for (let number = 2; taken.includes(name); number += 1) name = `${setting.name}_${number}`;
    this.board.send({ do: "lift", node: this.path, setting: setting.name, as: name });
  }

  #acts(node) {
    const { board, path } = this;
    const act = (words, op, extra = {}) => button(words, () => board.send(op), { class: "small", ...extra });
    const swap = this.entry?.kind && node.kind !== "Input" && kin(board, node);
    const select = swap?.length > 1 && make(
      "select", { "aria-label": "Put another kind of layer in its place", onchange: (event) => board.send({ do: "replace", node: path, kind: event.target.value }) },
      ...swap.map((kind) => make("option", { value: kind, selected: kind === node.kind }, kind)),
    );
    return make(
      "section", { class: "part acts" },
      act("Duplicate", { do: "duplicate", nodes: [path] }, { title: "Ctrl+D" }),
      act("Earlier", { do: "shift", node: path, by: -1 }, { title: "Alt+←: before the layer that it reads" }),
      act("Later", { do: "shift", node: path, by: 1 }, { title: "Alt+→: after the layer that reads it" }),
      !node.block && node.kind !== "Input" && act("Make a block", { do: "group", nodes: [path], title: freeTitle(board) }),
      act("Remove", { do: "remove", nodes: [path] }, { title: "Delete" }),
      select && make("label", { class: "swap" }, "In its place ", select),
    );
  }
}

// Kinds of the same family: ReLU may become GELU.
function kin(board, node) {
  const groups = board.menu.groups ?? board.menu;
  return groups.find((group) => group.group === node.group)?.layers.filter((entry) => entry.kind && !entry.block).map((entry) => entry.kind);
}

function facts(node) {
  const dash = "–";
  const rows = [
    ["In", (node.ins ?? []).join(" and ") || dash],
    ["Out", node.shape ?? "not known yet"],
    ["Parameters", node.parameters ? grouped(node.parameters) : "none"],
    ["Operations", node.flops ? `${grouped(node.flops)} an example${node.share ? `, ${percent(node.share)} of all` : ""}` : "none"],
  ];
  if (node.field) rows.push(["Sees", `${node.field} of the input`]);
  return rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", { class: name === "Out" ? "out" : "" }, value)]);
}

function percent(share) {
  return share < 0.01 ? "under 1 %" : `${Math.round(100 * share)} %`;
}
