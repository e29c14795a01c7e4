// Dragging nodes: they move here at once, and the server hears of it when they are dropped.

import { guided, showGuides } from "./guides.js";
import { inside, intoEdge } from "./walk.js";

export class Drag {
  constructor({ board, canvas, viewport }, first, path) {
    Object.assign(this, { board, canvas, viewport, path });
    if (!board.selection.has(path)) board.select([path], { focus: path });
    const chosen = [...board.selection].filter((each) => canvas.boxes.has(each));
    this.roots = chosen.filter((each) => !chosen.some((other) => each.startsWith(`${other}.`)));
    const moving = new Set(this.roots);
    for (const each of this.roots) for (const inner of inside(board, each)) if (canvas.boxes.has(inner)) moving.add(inner);
    this.from = new Map([...moving].map((each) => [each, canvas.boxes.get(each)]));
    canvas.held = moving;
    this.start = viewport.world(first);
    this.by = [0, 0];
    this.edge = null;
    canvas.svg.classList.add("dragging");
    for (const each of moving) canvas.groups.get(each)?.classList.add("moving");
  }

  move(event) {
    const [x, y] = this.viewport.world(event);
    const wanted = [x - this.start[0], y - this.start[1]];
    const free = event.altKey;
    const { by, lines } = free ? { by: wanted, lines: [] } : guided(this.canvas, this.from, this.path, wanted, this.viewport.zoom);
    this.by = by;
    this.#put();
    this.#aim(event);
    showGuides(this.canvas, this.edge ? [] : lines);
    cancelAnimationFrame(this.drawing);
    this.drawing = requestAnimationFrame(() => this.canvas.edges.route(this.from.keys()));
  }

  #put() {
    for (const [path, [x, y]] of this.from) this.canvas.put(path, [x + this.by[0], y + this.by[1]]);
  }

  // One node over an edge that is not its own would go between.
  #aim(event) {
    const found = this.roots.length === 1 ? edgeUnder(this.canvas, event) : null;
    const own = found && [found.from, found.to].includes(this.path);
    const node = this.board.nodes.get(this.path);
    const fits = found && !own && this.board.scope(found.to) === this.board.scope(this.path) && (node.takes ?? [1, 1])[1] !== 0;
    light(this.canvas, fits ? found : null);
    this.edge = fits ? found : null;
  }

  end() {
    this.#rest();
    if (this.edge) {
      const ops = intoEdge(this.board, this.path, [this.edge.from, this.edge.to]);
      if (this.board.nodes.get(this.path).fixed) ops.push({ do: "move", at: this.#dropped().at });
      return this.board.send(...ops); // where it goes otherwise, the layout decides
    }
    if (!this.by[0] && !this.by[1]) return this.#home();
    const { at, all } = this.#dropped();
    this.board.assume(all);
    this.board.send({ do: "move", at });
  }

  // `at` of the nodes that were pulled, and of `all` that came along inside them.
  #dropped() {
    const at = {}, all = {};
    for (const [path, [x, y]] of this.from) {
      all[path] = { at: [Math.round(x + this.by[0]), Math.round(y + this.by[1])] };
      if (this.roots.includes(path)) at[path] = all[path].at;
    }
    return { at, all };
  }

  cancel() {
    this.#rest();
    this.#home();
  }

  #home() {
    this.canvas.held = new Set();
    this.by = [0, 0];
    this.#put();
    this.canvas.edges.route();
  }

  #rest() {
    cancelAnimationFrame(this.drawing);
    this.canvas.svg.classList.remove("dragging");
    for (const path of this.from.keys()) this.canvas.groups.get(path)?.classList.remove("moving");
    showGuides(this.canvas, []);
    light(this.canvas, null);
    this.canvas.edges.route();
  }
}

/** The edge under an event, though a node be held over it. */
export function edgeUnder(canvas, { clientX, clientY }) {
  for (const found of canvas.root.getRootNode().elementsFromPoint(clientX, clientY)) {
    const group = found.closest?.(".edge");
    if (group?.edge && !group.edge.inner && canvas.root.contains(group)) return group.edge;
  }
  return null;
}

/** Light up the edge that would take what is dropped. */
export function light(canvas, edge) {
  for (const { group } of canvas.edges.drawn.values()) group.classList.toggle("lit", group.edge === edge);
}
