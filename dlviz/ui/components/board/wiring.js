// What a layer reads: in which order, from where; to change without drawing a line.

import { button, focused, icon, make } from "./elements.js";
import { after } from "./walk.js";

export class Wiring {
  constructor(board, path) {
    Object.assign(this, { board, path });
    this.list = make("ol", { class: "reads", "aria-label": "What it reads, in order" });
    this.more = make("select", { "aria-label": "Connect an input", onchange: () => this.#connect() });
    this.element = make("section", { class: "part wiring" }, make("h3", {}, "Reads"), this.list, this.more);
  }

  update(node) {
    const { board, path } = this;
    const [least, most] = node.takes ?? [1, 1];
    this.element.hidden = most === 0;
    const inputs = node.inputs ?? [];
    const barred = new Set([path, ...after(board, path), ...inputs]); // data flows one way
    const free = board.view.order.filter((other) => board.scope(other) === board.scope(path) && !barred.has(other));
    const now = JSON.stringify([inputs, free, node.ins]);
    if (now === this.now || most === 0) return;
    this.now = now;
    const at = this.#place();
    this.list.replaceChildren(...inputs.map((from, place) => this.#row(from, place, inputs, node.ins?.[place])));
    const full = most !== null && inputs.length >= most;
    const words = inputs.length < least ? "Connect an input …" : full ? "Read another one instead …" : "Connect one more …";
    this.more.replaceChildren(make("option", { value: "" }, words), ...free.map((other) => make("option", { value: other }, board.name(other))));
    this.more.hidden = free.length === 0;
    if (at !== null) (this.list.children[Math.min(at, inputs.length - 1)]?.querySelector("button") ?? this.more).focus();
  }

  // The row whose button has the focus, or null.
  #place() {
    const row = focused(this.list)?.closest?.("li");
    return row && this.list.contains(row) ? [...this.list.children].indexOf(row) : null;
  }

  #row(from, place, inputs, shape) {
    const { board, path } = this;
    const name = board.name(from);
    const rewire = (changed) => board.send({ do: "rewire", node: path, inputs: changed });
    const moved = (by) => {
      const order = [...inputs];
      [order[place], order[place + by]] = [order[place + by], order[place]];
      return rewire(order);
    };
    const tool = (sign, words, act, off = false) => button(icon(sign), act, { class: "icon-button", title: words, "aria-label": `${words}: ${name}`, disabled: off });
    return make(
      "li", {},
      button(name, () => board.select([from], { focus: from }), { class: "link", title: `Go to ${name}` }),
      make("span", { class: "shape" }, shape ?? ""),
      inputs.length > 1 && tool("up", "Read earlier", () => moved(-1), place === 0),
      inputs.length > 1 && tool("down", "Read later", () => moved(1), place === inputs.length - 1),
      tool("gone", "Disconnect", () => board.send({ do: "disconnect", from, to: path })),
    );
  }

  #connect() {
    const from = this.more.value;
    if (!from) return;
    const node = this.board.nodes.get(this.path);
    const inputs = node.inputs ?? [];
    const most = (node.takes ?? [1, 1])[1];
    this.more.value = "";
    if (most !== null && inputs.length >= most) this.board.send({ do: "rewire", node: this.path, inputs: [...inputs.slice(0, most - 1), from] });
    else this.board.send({ do: "connect", from, to: this.path });
  }
}
