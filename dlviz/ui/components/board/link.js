// Connecting: by dragging from port to port, by two clicks, or by keys. One way of showing what is possible for all.

import { way } from "./geometry.js";
import { shape } from "./make.js";
import { connected, middle, whyNot } from "./walk.js";

export class Link {
  constructor({ board, canvas, viewport, act }) {
    Object.assign(this, { board, canvas, viewport, act });
    this.active = false;
    board.addEventListener("view", ({ detail }) => this.active && (detail.all || detail.gone.includes(this.path)) && this.cancel());
  }

  /** As a gesture that begins at the output of `path`, or, with `place`, at that input of it. */
  drag(path, place = null) {
    this.#show(path, place);
    return {
      move: (event) => this.follow(event),
      end: (event) => {
        const { path: target, place: port } = this.#under(event);
        if (target && target !== this.path) this.finish(target, port);
        else if (target) this.cancel();
        else this.#intoGround(event);
      },
      cancel: () => this.cancel(),
    };
  }

  /** By clicks: the line follows the pointer until a second click. */
  begin(path, place, event) {
    this.#show(path, place);
    if (event) this.follow(event);
    this.board.say(`Connecting ${this.board.name(path)}: choose the layer that ${place === null ? "reads it" : "it reads"}. Escape ends.`);
  }

  /** By keys: arrows choose among the possible targets. */
  key(path) {
    this.#show(path, null);
    const [x, y] = middle(this.board.nodes.get(path));
    const far = (other) => Math.hypot(middle(this.board.nodes.get(other))[0] - x, middle(this.board.nodes.get(other))[1] - y);
    this.order = this.board.view.order.filter((other) => this.possible.has(other));
    if (!this.order.length) {
      this.cancel();
      return this.board.say(`There is no layer that could read ${this.board.name(path)}.`);
    }
    this.step(0, [...this.order].filter((other) => middle(this.board.nodes.get(other))[0] >= x).sort((a, b) => far(a) - far(b))[0] ?? this.order[0]);
  }

  /** The next or previous target. */
  step(by, target = this.order[(this.order.indexOf(this.target) + by + this.order.length) % this.order.length]) {
    this.#aim(target, null);
    const node = this.board.nodes.get(target);
    this.#line(this.canvas.edges.ends({ from: this.path, to: target, place: Math.max(0, (node.inputs ?? []).length - 1) }).end);
    this.viewport.reveal(target);
    this.board.say(`Connect ${this.board.name(this.path)} to ${this.board.name(target)}, ${node.block?.title ?? node.kind}? Enter connects.`);
  }

  #show(path, place) {
    this.cancel();
    Object.assign(this, { active: true, path, place, target: null });
    const reverse = place !== null;
    this.possible = new Set();
    for (const other of this.canvas.boxes.keys()) {
      const why = reverse ? whyNot(this.board, other, path) : whyNot(this.board, path, other);
      if (!why) this.possible.add(other);
      const group = this.canvas.groups.get(other).classList;
      if (other !== path && !path.startsWith(`${other}.`)) group.add(why ? "barred" : "open");
    }
    this.canvas.svg.classList.add("linking");
    this.line = shape("path", { class: "linking-line" });
    this.hint = shape("text", { class: "hint" });
    this.canvas.layers.over.append(this.line, this.hint);
  }

  follow(event) {
    const { path, place } = this.#under(event);
    this.#aim(path, place);
    this.#line(this.viewport.world(event));
  }

  #line(to) {
    const box = this.canvas.boxes.get(this.path);
    if (!box) return this.cancel();
    if (this.target === this.path) return this.line.setAttribute("d", ""); // the pointer has not left yet
    const reverse = this.place !== null;
    const edges = this.canvas.edges;
    const from = reverse ? edges.ends({ from: this.path, to: this.path, place: this.place }).end : edges.ends({ from: this.path, to: this.path, place: 0 }).start;
    this.line.setAttribute("d", (reverse ? way(to, from, []) : way(from, to, [])).d);
    this.hint.setAttribute("x", to[0] + 14 / this.viewport.zoom);
    this.hint.setAttribute("y", to[1] - 10 / this.viewport.zoom);
    this.hint.setAttribute("font-size", 12 / this.viewport.zoom);
  }

  #aim(path, place) {
    if (this.target) this.canvas.groups.get(this.target)?.classList.remove("aimed");
    this.target = path;
    const reverse = this.place !== null;
    const why = !path || path === this.path ? "" : reverse ? whyNot(this.board, path, this.path) : whyNot(this.board, this.path, path);
    if (path && !why) this.canvas.groups.get(path)?.classList.add("aimed");
    this.hint.textContent = why || "";
    this.line.classList.toggle("barred", Boolean(why));
    this.port = place;
  }

  #under({ clientX, clientY }) {
    for (const found of this.canvas.root.getRootNode().elementsFromPoint(clientX, clientY)) {
      const node = found.closest?.(".node");
      if (!node || !this.canvas.root.contains(node)) continue;
      const port = found.closest(".port.in");
      return { path: node.dataset.path, place: port ? Number(port.dataset.place) : null };
    }
    return { path: null, place: null };
  }

  /** Connect with `target`, or say why that cannot be. */
  async finish(target = this.target, port = null) {
    const { board, path, place } = this;
    const [from, to] = place === null ? [path, target] : [target, path];
    this.cancel();
    if (!target || target === path) return;
    const why = whyNot(board, from, to);
    if (why) return board.fail(why);
    await board.send(...connected(board, from, to, place ?? port));
  }

  // Let go over empty ground: most want a new layer there that reads this one.
  #intoGround(event) {
    const { path, place, board } = this;
    this.cancel();
    if (place !== null) return;
    const at = this.viewport.world(event).map((value) => Math.round((value - 24) / 8) * 8);
    this.act.add({ at, reads: [path] }, { x: event.clientX, y: event.clientY });
  }

  cancel() {
    if (!this.active) return false;
    this.active = false;
    for (const group of this.canvas.groups.values()) group.classList.remove("barred", "open", "aimed");
    this.canvas.svg.classList.remove("linking");
    this.line.remove();
    this.hint.remove();
    return true;
  }
}

/** Taking an edge by its end and dropping it elsewhere; on empty ground it is gone. */
export class Rewire {
  constructor(link, edge) {
    Object.assign(this, { link, edge, board: link.board, canvas: link.canvas });
    this.gesture = link.drag(edge.from);
    this.canvas.edges.find(edge.from, edge.to)?.group.classList.add("taken");
  }

  move(event) {
    this.gesture.move(event);
  }

  end(event) {
    this.gesture.move(event);
    const { target, port } = this.link;
    const { from, to, place } = this.edge;
    this.cancel();
    if (target === to && (port === null || port === place)) return;
    if (!target) return this.board.send({ do: "disconnect", from, to });
    if (target === to) return this.#swap(port);
    const why = whyNot(this.board, from, target);
    if (why) return this.board.fail(why);
    this.board.send({ do: "disconnect", from, to }, ...connected(this.board, from, target, port));
  }

  // On another port of the same node the two inputs change places.
  #swap(port) {
    const inputs = [...this.board.nodes.get(this.edge.to).inputs];
    if (port >= inputs.length) return;
    [inputs[port], inputs[this.edge.place]] = [inputs[this.edge.place], inputs[port]];
    this.board.send({ do: "rewire", node: this.edge.to, inputs });
  }

  cancel() {
    this.link.cancel();
    this.canvas.edges.find(this.edge.from, this.edge.to)?.group.classList.remove("taken");
  }
}
