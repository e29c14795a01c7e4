// The pictures on the nodes while one looks inside, and the lens that shows one of them large.

import { title } from "./canvas_node.js";
import { make } from "./elements.js";
import { figure } from "./figure.js";
import { shape } from "./make.js";
import { fitted } from "./type.js";

const OVER = 6, LIFT = 12, TOP = 18, WAIT = 160; // pixels beyond the card, above the picture; milliseconds before the lens looks

export class Pictures {
  constructor(board, host) {
    Object.assign(this, { board, canvas: host.canvas });
    this.reached = new Map();
    this.lens = make("div", { class: "lens", hidden: true });
    const place = () => (board.root.classList.contains("no-side") ? host.stage.append(this.lens) : host.side.prepend(this.lens));
    place();
    new MutationObserver(place).observe(board.root, { attributeFilter: ["class"] });
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
    if (here && !this.board.root.classList.contains("narrow")) this.#look(here, 0); // where room is short, only for who asks
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

  // Over the card and a little beyond it: rows and columns of the layout are farther apart than that.
  #picture(path, { picture, size, back }) {
    const node = this.board.nodes.get(path);
    const [w, h] = node.size;
    const [x, y, wide, high] = [-OVER, -LIFT, w + 2 * OVER, h + 2 * LIFT];
    const label = back && size !== null && size !== undefined;
    const box = shape("g", { class: "seen" },
      shape("rect", { class: "under", x, y, width: wide, height: high, rx: 8 }),
      shape("text", { class: "of", x: x + 8, y: y + 14 }, fitted(title(node), wide - (label ? 58 : 16), 10.5, 600)));
    if (!picture) {
      box.append(shape("text", { class: "none", x: w / 2, y: h / 2 + 8 }, back ? "no gradient" : ""));
      return box;
    }
    box.append(shape("image", { href: picture, x: x + 7, y: y + TOP, width: wide - 14, height: high - TOP - (label ? 11 : 6), preserveAspectRatio: "xMidYMid meet" }));
    if (label) {
      const share = Math.max(0.02, Math.min(1, 1 + Math.log10(Math.max(1e-30, Number(size)) / this.scale) / 6)); // six powers of ten
      box.append(
        shape("rect", { class: "gradient", x: x + 7, y: y + high - 7.5, width: (wide - 14) * share, height: 3.5, rx: 1.75 }),
        shape("text", { class: "size", x: x + wide - 7, y: y + 14 }, figure(size)),
      );
    }
    return box;
  }

  // The lens: the node's pictures large, with what they are and the figures to them.
  #look(path, wait = WAIT) {
    clearTimeout(this.waiting);
    if (!this.reached.has(path)) return;
    this.wanted = path;
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
    if (found.status !== "done" || !this.on || this.wanted !== path || !this.reached.has(path)) return;
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
