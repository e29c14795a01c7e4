// Copy, cut and paste through the system's clipboard, as text: between networks, tabs and messages.

import { scopeOf } from "./walk.js";

export class Clipboard {
  constructor({ board, canvas, act }) {
    Object.assign(this, { board, canvas, act });
    // The events go to the document where no text has the caret; the board answers when it holds the focus.
    for (const name of ["copy", "cut", "paste"])
      document.addEventListener(name, (event) => canvas.holdsFocus() && this[`on_${name}`](event), { signal: board.signal });
  }

  on_copy(event) {
    const text = this.text();
    if (!text) return false;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    const many = this.act.outermost().length;
    this.board.say(many === 1 ? `${this.board.name(this.act.outermost()[0])} copied.` : `${many} layers copied.`);
    return true;
  }

  on_cut(event) {
    if (this.on_copy(event)) this.act.remove();
  }

  on_paste(event) {
    event.preventDefault();
    this.#pasted(event.clipboardData.getData("text/plain"));
  }

  /** By a menu: asks the browser, which may not allow it. */
  async copy() {
    const text = this.text();
    try {
      await navigator.clipboard.writeText(text);
      this.board.say("Copied.");
    } catch {
      this.board.fail("This browser lets pages copy only by keys: press Ctrl+C.");
    }
  }

  async paste(at) {
    try {
      this.#pasted(await navigator.clipboard.readText(), at);
    } catch {
      this.board.fail("This browser lets pages paste only by keys: press Ctrl+V.");
    }
  }

  #pasted(text, at) {
    let found = null;
    try {
      found = JSON.parse(text);
    } catch {} // said below
    if (found?.dlviz !== "nodes" || !Array.isArray(found.nodes) || !found.nodes.length)
      return this.board.fail("The clipboard holds no layers. Copy some on a drawing board first.");
    const after = at ? undefined : (this.act.one() ?? undefined);
    const scope = after ? undefined : Object.keys(this.board.view.roles)[0];
    this.board.send({ do: "paste", text, at, after, scope });
  }

  /** What is selected as `{"dlviz": "nodes", "nodes": [entries]}`; "" where that is nothing. */
  text() {
    const paths = this.act.outermost();
    return paths.length ? JSON.stringify({ dlviz: "nodes", nodes: paths.map((path) => this.#entry(path)) }) : "";
  }

  #entry(path) {
    const { board } = this;
    const node = board.nodes.get(path);
    const inputs = (node.inputs ?? []).map((from) => board.name(from));
    const at = node.fixed ? { at: node.fixed } : {};
    const entry = { name: board.name(path), kind: node.kind, ...node.settings, inputs, ...at };
    if (!node.block) return entry;
    const { title, repeat, open, settings } = node.block;
    const inner = board.view.order.filter((other) => (board.nodes.get(other).parent ?? scopeOf(other)) === path);
    return { ...entry, title, repeat, open, settings, nodes: inner.map((other) => this.#entry(other)) };
  }
}
