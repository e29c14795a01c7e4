// Edges: which there are, where they run, and keeping them drawn.

import { by, places, portAt, way } from "./geometry.js";
import { shape } from "./make.js";

export class Edges {
  constructor(canvas, layer) {
    this.canvas = canvas;
    this.board = canvas.board;
    this.layer = layer;
    this.drawn = new Map(); // key → {from, to, place, group, line, zone, d, middle}
    this.byNode = new Map();
  }

  /** Bring the set of edges up to date, then the way of each. */
  renew() {
    const wanted = new Map();
    for (const [path, node] of this.board.nodes) {
      if (!this.canvas.boxes.has(path)) continue;
      (node.inputs ?? []).forEach((from, place) => {
        if (this.canvas.boxes.has(from)) wanted.set(`${from}>${path}>${place}`, { from, to: path, place });
      });
      if (node.block?.open) for (const inner of this.#joins(path, node)) wanted.set(`${inner.from}>${inner.to}>inner`, inner);
    }
    for (const [key, edge] of this.drawn)
      if (!wanted.has(key)) {
        edge.group.remove();
        this.drawn.delete(key);
      }
    for (const [key, edge] of wanted) if (!this.drawn.has(key)) this.drawn.set(key, this.#made(edge));
    this.byNode = new Map();
    for (const edge of this.drawn.values())
      for (const path of [edge.from, edge.to]) this.byNode.set(path, [...(this.byNode.get(path) ?? []), edge]);
    this.route();
  }

  // From the frame of an open block to its inputs, and from its result to the frame.
  #joins(block, node) {
    const inner = this.board.view.order.filter((path) => this.board.scope(path) === block && this.canvas.boxes.has(path));
    const inputs = inner.filter((path) => this.board.nodes.get(path).kind === "Input");
    const last = inner.filter((path) => !this.board.readers(path).length && !inputs.includes(path)).at(-1);
    const joins = inputs.slice(0, places(node)).map((path, place) => ({ from: block, to: path, place, inner: "in" }));
    if (last) joins.push({ from: last, to: block, place: 0, inner: "out" });
    return joins;
  }

  #made(edge) {
    const line = shape("path", { class: "line" });
    const group = shape("g", { class: edge.inner ? "edge inner" : "edge" });
    if (edge.inner) group.append(line);
    else {
      const zone = shape("path", { class: "zone" });
      group.append(zone, line);
      edge.zone = zone;
    }
    group.edge = edge;
    this.layer.append(group);
    return Object.assign(edge, { group, line });
  }

  /** Draw the way of every edge, or only of those at `paths`. */
  route(paths = null) {
    const touched = paths ? new Set([...paths].flatMap((path) => this.byNode.get(path) ?? [])) : this.drawn.values();
    const scopes = new Map();
    const boxesIn = (scope) => {
      if (!scopes.has(scope)) scopes.set(scope, [...this.canvas.boxes].filter(([path]) => this.board.scope(path) === scope));
      return scopes.get(scope);
    };
    for (const edge of touched) {
      const { start, end } = this.ends(edge);
      const { d, middle: centre } = this.#way(edge, start, end, boxesIn);
      edge.middle = centre;
      if (d === edge.d) continue;
      edge.d = d;
      edge.line.setAttribute("d", d);
      edge.zone?.setAttribute("d", d);
    }
  }

  // By the points of the layout, unless a hand holds one of its ends.
  #way(edge, start, end, boxesIn) {
    const { held } = this.canvas;
    const points = this.board.nodes.get(edge.to).bends?.[edge.from];
    if (points?.length && !edge.inner && !held.has(edge.from) && !held.has(edge.to)) return by(start, end, points);
    let others = [];
    const wide = end[0] - start[0];
    if (!edge.inner && wide > 60)
      others = boxesIn(this.board.scope(edge.to)).filter(([path]) => path !== edge.from && path !== edge.to).map(([, box]) => box);
    else if (!edge.inner && wide < 8) {
      const here = boxesIn(this.board.scope(edge.to));
      const bends = here.flatMap(([path]) => Object.values(this.board.nodes.get(path).bends ?? {}).flat());
      others = [...here.map(([, box]) => box), ...bends.map(([x, y]) => [x, y, 0, 0])];
    }
    return way(start, end, others, edge.place ? 6 * edge.place : 0);
  }

  ends({ from, to, place, inner }) {
    const [a, b] = [this.canvas.boxes.get(from), this.canvas.boxes.get(to)];
    const many = places(this.board.nodes.get(inner === "in" ? from : to));
    if (inner === "in") return { start: [a[0], a[1] + portAt(a[3], place, many)], end: [b[0], b[1] + b[3] / 2] };
    if (inner === "out") return { start: [a[0] + a[2], a[1] + a[3] / 2], end: [b[0] + b[2], b[1] + b[3] / 2] };
    return { start: [a[0] + a[2], a[1] + a[3] / 2], end: [b[0], b[1] + portAt(b[3], place, many)] };
  }

  /** What flows along an edge, in words. */
  flows({ from, to, place }) {
    return this.board.nodes.get(to)?.ins?.[place] ?? this.board.nodes.get(from)?.shape ?? "shape unknown";
  }

  find(from, to) {
    return [...this.drawn.values()].find((edge) => edge.from === from && edge.to === to && !edge.inner);
  }
}

