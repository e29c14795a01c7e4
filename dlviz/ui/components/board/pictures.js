// The pictures on the nodes while one looks inside, and the lens that shows one of them large.

import { figure } from "./figure.js";
import { make } from "./elements.js";
import { shape } from "./make.js";

const TOP = 21, RIM = 5, WAIT = 160; // pixels above the picture and around it; milliseconds before the lens looks

export class Pictures {
  constructor(board, host) {
    Object.assign(this, { board, canvas: host.canvas });
    this.reached = new Map();
    this.lens = make("div", { class: "lens", hidden: true, role: "status" });
    host.stage.append(this.lens);
    board.addEventListener("view", () => this.#draw());
    board.addEventListener("selection", () => this.on && board.focus && this.#look(board.focus));
    this.canvas.svg.addEventListener("pointerover", (event) => {
      const path = this.on && event.target.closest?.("[data-path]")?.dataset.path;
      if (path) this.#look(path);
    });
  }

  /** Draw at each path of `reached` its {picture, size, back}; `here` is where the play stands, `scale` the largest size. */
  show(reached, here, scale, facts) {
    Object.assign(this, { on: true, reached, here, scale, facts });
    this.#draw();
    this.canvas.root.classList.add("seen-through");
    if (here) this.#look(here, 0);
  }

  clear() {
    this.on = false;
    this.reached = new Map();
    this.here = null;
    this.lens.hidden = true;
    this.lens.replaceChildren();
    this.canvas.root.classList.remove("seen-through");
    this.#draw();
  }

  #draw() {
    for (const [path, group] of this.canvas.groups) {
      const old = group.querySelector(":scope > .seen");
      const found = this.reached.get(path);
      group.classList.toggle("here", path === this.here);
      if (!found || this.board.nodes.get(path)?.block?.open) old?.remove();
      else if (old) old.replaceWith(this.#picture(path, found));
      else group.append(this.#picture(path, found));
    }
  }

  #picture(path, { picture, size, back }) {
    const [w, h] = this.board.nodes.get(path).size;
    const room = { x: RIM + 4, y: TOP, width: w - 2 * RIM - 4, height: h - TOP - RIM };
    const box = shape("g", { class: `seen${back ? " back" : ""}` }, shape("rect", { class: "under", x: 6, y: TOP - 1, width: w - 8, height: h - TOP - 1, rx: 5 }));
    if (!picture) {
      box.append(shape("text", { class: "none", x: w / 2, y: TOP + 18 }, back ? "no gradient" : ""));
      return box;
    }
    const label = back && size !== null && size !== undefined;
    box.append(shape("image", { href: picture, ...room, height: room.height - (label ? 11 : 0), preserveAspectRatio: "xMidYMid meet" }));
    if (label) {
      const share = Math.max(0.02, Math.min(1, 1 + Math.log10(Math.max(1e-30, Number(size)) / this.scale) / 6)); // six powers of ten
      box.append(
        shape("rect", { class: "gradient", x: room.x, y: h - 5.5, width: room.width * share, height: 3, rx: 1.5 }),
        shape("text", { class: "size", x: w - 7, y: h - 8 }, figure(size)),
      );
    }
    return box;
  }

  // The lens: the node's pictures large, with what they are and the figures to them.
  #look(path, wait = WAIT) {
    clearTimeout(this.waiting);
    if (!this.reached.has(path)) return;
    this.waiting = setTimeout(() => this.#fetch(path), wait);
  }

  async #fetch(path) {
    const query = new URLSearchParams(this.query);
    query.set("path", path);
    let found;
    try {
      const answer = await fetch(`/dlviz/inside/${this.board.data.draft}/node?${query}`, { credentials: "same-origin" });
      if (!answer.ok) return;
      found = await answer.json();
    } catch {
      return; // the pictures on the nodes still stand
    }
    if (!this.on || !this.reached.has(path)) return;
    const { back } = this.reached.get(path);
    const fact = this.facts[path] ?? {};
    const image = (name, title) => found[name] && make("figure", {}, make("img", { src: found[name], alt: `${title} at ${this.board.name(path)}` }), make("figcaption", {}, title));
    const range = fact.least === undefined ? "" : `from ${figure(fact.least)} to ${figure(fact.most)}, mean ${figure(fact.mean)}${fact.zeros > 0.005 ? `, ${Math.round(100 * fact.zeros)} % zeros` : ""}`;
    this.lens.replaceChildren(
      make("p", { class: "lens-title" }, make("b", {}, this.board.name(path)), found.shape ? ` ${found.shape.join(" × ") || "one number"}` : ""),
      ...[image("att", "attention: a row looks at the columns"), image("out", "what it gives"), back && image("grad", "gradient of the loss there")].filter(Boolean),
      make("p", {}, range),
      ...(back ? [make("p", {}, [
        fact.gradient !== undefined && `gradient ${figure(fact.gradient)}`,
        fact.weight_gradient !== undefined && `of its weights ${figure(fact.weight_gradient)} (weights ${figure(fact.weight)})`,
      ].filter(Boolean).join(", "))] : []),
    );
    this.lens.hidden = false;
  }
}
