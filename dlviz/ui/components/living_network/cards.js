// Any network as a graph of cards, each with a picture of what happens in it just now; the panel shows one in full.

import { figure, make, svg } from "./make.js";
import { Panel } from "./panel.js";
import { draw } from "./pictures.js";
import { examplesOf, picturesOf, signalsOf } from "./reading.js";

const LEAST = 0.3, MOST = 1.6, LEGIBLE = 0.62, FILLING = 1.35;
const DEAD = 0.85, FLAT = 0.8; // from here on the doctor speaks of it, too
const ALL = ["activations", "filters", "states", "gates", "reach", "weights", "histograms", "gradients", "units"];

export class Cards {
  constructor(host, role, view) {
    Object.assign(this, { host, role, view });
    this.needs = ALL;
    this.chosen = 0;
    this.cards = new Map();
    this.inView = new Set();
    this.world = make("div", { class: "world" });
    this.graph = make("div", { class: "graph", role: "group", "aria-label": this.#told(), onkeydown: (event) => this.#typed(event), onwheel: (event) => this.#wheeled(event) }, this.world);
    const button = (text, label, run) => make("button", { type: "button", "aria-label": label, title: label, onclick: run }, text);
    this.choice = make("label", { class: "choice", hidden: true });
    this.bar = make("div", { class: "bar" }, button("−", "Smaller", () => this.#zoom(this.scale / 1.25)), button("All", "Show the whole network", () => this.#zoom(this.#fitting(FILLING), true)), button("+", "Larger", () => this.#zoom(this.scale * 1.25)), this.choice);
    this.panel = new Panel(this);
    this.element = make("section", { class: "cards" }, make("div", { class: "left" }, this.graph, this.bar), this.panel.element);
    if (Object.keys(host.view.roles).length > 1) this.element.style.height = `${Math.max(300, Math.min(560, view.box[3] + 48))}px`;
    this.near = new IntersectionObserver((entries) => this.#scrolled(entries), { root: this.graph, rootMargin: "120px" });
    this.#build();
    new ResizeObserver(() => {
      if (!this.graph.clientWidth) return;
      if (this.scale) { this.#zoom(this.scale); if (this.panel.path) this.#reveal(this.panel.path); }
      else this.place();
    }).observe(this.graph);
  }

  #build() {
    const { box: [left, top, width, height], nodes, order } = this.view;
    const edges = svg("svg", { width, height, viewBox: `${left} ${top} ${width} ${height}`, "aria-hidden": "true" });
    const lines = svg("g");
    lines.innerHTML = this.view.edges; // paths that the server has drawn out of numbers
    edges.append(lines);
    const made = [];
    for (const path of order) {
      const node = nodes[path], place = `left:${node.at[0] - left}px;top:${node.at[1] - top}px;width:${node.size[0]}px;height:${node.size[1]}px;--group:${this.host.colors.group(node.group)}`;
      const name = path.split(".").at(-1), title = node.block?.title || node.kind;
      if (node.block?.open) {
        made.push(make("div", { class: "block-frame", style: place }, make("button", { type: "button", class: "turn", "data-block": path, "aria-expanded": "true", title: "Close this block", onclick: () => this.host.turn(path) }, `▾ ${title}${times(node)}`)));
        continue;
      }
      const canvas = make("canvas", { "aria-hidden": "true" }), signals = make("div", { class: "signals", "aria-hidden": "true" });
      const card = make("button", { type: "button", class: "card", tabIndex: -1, style: place, onclick: () => this.open(path), onfocus: () => { this.at = path; this.#tabbable(); this.#reveal(path); } },
        make("div", { class: "top" }, make("b", {}, title + times(node)), make("span", {}, node.block ? node.summary : name)), canvas, signals);
      card.dataset.path = path;
      this.cards.set(path, { card, canvas, signals, node, title });
      this.near.observe(card);
      made.push(card);
      if (node.block) made.push(make("button", { type: "button", class: "turn", "data-block": path, style: `left:${node.at[0] - left + node.size[0] - 62}px;top:${node.at[1] - top + node.size[1] - 27}px`, title: `Open the block ${title}`, "aria-expanded": "false", onclick: () => this.host.turn(path) }, "▸ open"));
    }
    this.world.replaceChildren(edges, ...made.filter((each) => each.matches(".block-frame")), ...made.filter((each) => !each.matches(".block-frame")));
    this.at = this.cards.keys().next().value;
    this.#tabbable();
  }

  place() {
    if (!this.graph.clientWidth) return;
    this.#zoom(Math.max(LEGIBLE, this.#fitting(FILLING)), true); // a small network fills its box
  }

  #fitting(most = 1) {
    const [, , width, height] = this.view.box;
    return Math.min(most, this.graph.clientWidth / width, this.graph.clientHeight / height);
  }

  #zoom(scale, begin = false) {
    const before = this.scale ?? 1, { scrollLeft, scrollTop, clientWidth, clientHeight } = this.graph, [, , width, height] = this.view.box;
    this.scale = Math.max(Math.min(LEAST, this.#fitting()), Math.min(MOST, scale));
    const [w, h] = [width * this.scale, height * this.scale];
    const [x, y] = [Math.max(0, (clientWidth - w) / 2), Math.max(0, (clientHeight - h) / 2)];
    this.margin = [x, y];
    this.world.style.cssText = `width:${width}px;height:${height}px;margin:${y}px 0 0 ${x}px;transform:scale(${this.scale});margin-right:${w - width}px;margin-bottom:${h - height}px`;
    if (begin) [this.graph.scrollLeft, this.graph.scrollTop] = [0, Math.max(0, (h - clientHeight) / 2)];
    else {
      this.graph.scrollLeft = ((scrollLeft + clientWidth / 2) * this.scale) / before - clientWidth / 2;
      this.graph.scrollTop = ((scrollTop + clientHeight / 2) * this.scale) / before - clientHeight / 2;
    }
  }

  // Ctrl and the wheel, and two fingers on a touchpad, zoom; the plain wheel scrolls as everywhere.
  #wheeled(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.#zoom(this.scale * Math.exp(-event.deltaY / 200));
  }

  #scrolled(entries) {
    for (const { target, isIntersecting } of entries) {
      const { path } = target.dataset;
      if (isIntersecting && !this.inView.has(path)) { this.inView.add(path); this.#card(path); }
      else if (!isIntersecting) this.inView.delete(path);
    }
  }

  draw() {
    this.#choices();
    for (const path of this.inView) this.#card(path);
    for (const [path, { card, title }] of this.cards) card.setAttribute("aria-label", this.#labelled(path, title));
    this.panel.draw();
  }

  #choices() {
    const names = examplesOf(this.host.frames), key = names.join();
    this.choice.hidden = names.length < 2;
    if (this.choice.dataset.key === key) return;
    this.choice.dataset.key = key;
    this.chosen = Math.min(this.chosen, Math.max(0, names.length - 1));
    const select = make("select", { onchange: () => { this.chosen = Number(select.value); this.host.draw(); } }, ...names.map((name, number) => make("option", { value: number, selected: number === this.chosen }, name)));
    this.choice.replaceChildren("Sent through it:", select);
  }

  #card(path) {
    const { canvas, signals, node } = this.cards.get(path), { colors, frames } = this.host;
    const found = picturesOf(frames, path, this.chosen, colors, this.photo(path));
    const [w, h] = [node.size[0] - 19, node.size[1] - 53];
    const grids = found.filter((each) => each.kind === "grid").map((each) => ({ ...each, most: each.tiles[0].w > 2 * each.tiles[0].h ? 6 : 8 }));
    const first = grids.length > 1 ? { kind: "pair", parts: [grids[1], grids[0]] } : (grids[0] ?? found[0]);
    const second = first && first.kind !== "pair" && found.find((each) => each.kind === "histogram" && each !== first);
    const words = node.kind === "Input" && path.split(".").length === 2 && frames.states?.meta.tokens?.length ? frames.states.meta.tokens.join(" ") : node.shape;
    draw(canvas, first?.kind === "matrix" && second ? { kind: "pair", parts: [first, second] } : (first ?? { kind: "words", text: words }), w, h, colors);
    const told = signalsOf(frames, path), parts = [];
    const bar = (share, text, title, bad = false) => parts.push(make("span", { class: bad ? "bad" : "", title, style: `--share:${Math.round(100 * Math.max(0.02, Math.min(1, share)))}%` }, text));
    const powers = (value, low, high) => (Math.log10(Math.max(value, 1e-12)) - low) / (high - low); // of ten
    if (Number.isFinite(told.gradient)) bar(powers(told.gradient, -6, 2), `∇ ${figure(told.gradient)}`, "The norm of the loss's gradient over its weights; the bar goes from a millionth to a hundred");
    if (Number.isFinite(told.update)) bar(powers(told.update, -6, 0), `Δ ${figure(told.update)}`, "How much a step changes the weights, as a share of them; the bar goes from a millionth to one, its middle is usual");
    if (told.dead > 0.005) bar(told.dead, `dead ${Math.round(100 * told.dead)} %`, "The share of its units that answer 0 to every example looked at", told.dead >= DEAD);
    if (told.saturated > 0.005) bar(told.saturated, `flat ${Math.round(100 * told.saturated)} %`, "The share of answers at the flat ends of the curve", told.saturated >= FLAT);
    signals.replaceChildren(...parts);
  }

  /** Whether what passes at a node is a picture like those of the data: "in", "out", or "" for none. */
  photo(path) {
    if (this.cards.get(path).node.kind === "Input") return "in";
    return this.view.answer.picture && path === this.view.order.at(-1) ? "out" : "";
  }

  open(path) {
    for (const [key, { card }] of this.cards) card.classList.toggle("open-panel", key === path);
    this.panel.show(path);
  }

  shut() {
    for (const { card } of this.cards.values()) card.classList.remove("open-panel");
    this.cards.get(this.at)?.card.focus({ preventScroll: true });
  }

  // Arrows go to the nearest card in that direction, along the drawing.
  #typed(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }, way = ways[event.key];
    if (event.key === "Escape") return this.panel.close();
    if (!way || !event.target.closest(".card")) return;
    event.preventDefault();
    const middle = (path) => { const { at, size } = this.cards.get(path).node; return [at[0] + size[0] / 2, at[1] + size[1] / 2]; };
    const from = middle(this.at);
    let best = null, least = Infinity;
    for (const path of this.cards.keys()) {
      const to = middle(path), along = (to[0] - from[0]) * way[0] + (to[1] - from[1]) * way[1], aside = Math.abs((to[0] - from[0]) * way[1]) + Math.abs((to[1] - from[1]) * way[0]);
      if (along > 4 && along + 2.5 * aside < least) [best, least] = [path, along + 2.5 * aside];
    }
    if (!best && way[0]) { // at the end of a row: on in reading order
      const paths = [...this.cards.keys()];
      best = paths[paths.indexOf(this.at) + way[0]];
    }
    if (best) this.cards.get(best).card.focus({ preventScroll: true });
  }

  #tabbable() { for (const [path, { card }] of this.cards) card.tabIndex = path === this.at ? 0 : -1; }

  // The page stays where it is; only the network's own box is scrolled.
  #reveal(path) {
    if (!this.scale) return;
    const { at, size } = this.cards.get(path).node, [left, top] = this.view.box, edge = 24, { graph, scale } = this;
    [["scrollLeft", "clientWidth", this.margin[0] + (at[0] - left) * scale, size[0] * scale], ["scrollTop", "clientHeight", this.margin[1] + (at[1] - top) * scale, size[1] * scale]].forEach(([scroll, room, from, long]) => {
      if (from < graph[scroll] + edge) graph[scroll] = from - edge;
      else if (from + long > graph[scroll] + graph[room] - edge) graph[scroll] = from + long + edge - graph[room];
    });
  }

  #labelled(path, title) {
    const { gradient, update, dead } = signalsOf(this.host.frames, path), { node } = this.cards.get(path);
    return [`${title} ${path.split(".").slice(1).join(".")}`, node.shape && `gives ${node.shape}`, gradient !== undefined && `gradient norm ${figure(gradient)}`, update !== undefined && `update to weight ratio ${figure(update)}`, dead > 0.005 && `${Math.round(100 * dead)} percent of its units are dead`].filter(Boolean).join(", ");
  }

  #told() { return `The network as a graph of ${this.view.order.length} layers. Arrows walk among them, Enter shows one in full, Escape goes back.`; }
}

const times = (node) => ((node.block?.repeat ?? 1) > 1 ? ` ×${node.block.repeat}` : "");
