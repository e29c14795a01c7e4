// What part of the canvas is seen, and how large: one transform on the whole world.

import { around } from "./geometry.js";
import { store } from "./host.js";

const LEAST = 0.08, MOST = 2.5, FIT = 1.1, LEGIBLE = 0.36, START = 0.8, EDGE = 36, SLIM = 22, HEAD = 24, SEEN = 60;
const READABLE = 0.66; // on a telephone all words of a card are to be read
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Viewport extends EventTarget {
  #size = [0, 0];

  constructor(canvas) {
    super();
    this.canvas = canvas;
    this.board = canvas.board;
    this.kept = store(this.board);
    [this.x, this.y, this.zoom] = [0, 0, 1];
    this.set = false; // whether the first view has been chosen
    canvas.onDrawn = ({ first, all }) => {
      this.turned ||= this.set && this.narrow !== this.board.wire.narrow;
      this.narrow = this.board.wire.narrow;
      if (this.turned && !canvas.pending?.size) this.begin(false);
      else if (first || !this.set || (all && this.draft !== this.board.data.draft)) this.begin();
      this.dispatchEvent(new Event("drawn"));
    };
    this.folded = new Set(); // closed blocks
    this.board.addEventListener("reveal", ({ detail }) => this.reveal(detail.path));
    this.board.addEventListener("view", ({ detail }) => this.#unfolded(detail));
    canvas.onMoved = (done) => {
      if (done && this.turned) this.begin(false);
      if (done) this.dispatchEvent(new Event("drawn"));
    };
    this.covers = new Map(); // what lies over the drawing → [left, right, top], null where it is not shown
    this.sizes = new ResizeObserver((changes) => {
      for (const box of this.covers.keys()) {
        const { offsetLeft: left, offsetTop: top, offsetWidth: wide, offsetHeight: high } = box;
        this.covers.set(box, high ? [left, left + wide, top] : null);
      }
      if (!changes.some(({ target }) => target === canvas.root)) return;
      const before = this.#size;
      this.#size = [canvas.root.clientWidth, canvas.root.clientHeight];
      if (!this.set) return this.begin();
      if (!before[0] || !this.#size[0]) return this.apply();
      const { rest } = this;
      const small = this.board.slim && this.fitting() < READABLE && this.zoom >= READABLE;
      if (rest === "all" && !small) return this.fit(null, false); // what showed everything goes on doing so
      if (rest === "start") return this.#atTheStart();
      this.to(...[this.x, this.y].map((value, axis) => value + (this.#size[axis] - before[axis]) / 2), this.zoom);
      if (!small) return;
      this.reveal(this.board.focus); // a panel covers half of a telephone: what it tells of stays legible
      this.rest = rest;
    });
    this.sizes.observe(canvas.root);
  }

  /** `box` lies over the drawing: nodes are brought out from under it. */
  cover(box) {
    this.covers.set(box, null);
    this.sizes.observe(box);
  }

  /** Width and height in pixels; asking the element each time would lay the page out anew. */
  get size() {
    return this.#size;
  }

  /** The first view of a draft: as this tab left it (`back`), else everything. */
  begin(back = true) {
    if (!this.size[0] || !this.board.loaded) return;
    this.turned = false; // a telephone was turned: the drawing is another one now
    this.draft = this.board.data.draft;
    this.set = true;
    const kept = back && this.kept.get("view");
    if (kept?.length === 3 && kept.every(Number.isFinite)) this.to(...kept);
    else if (this.fitting() >= (this.board.slim ? READABLE : LEGIBLE)) this.fit();
    else this.#atTheStart();
  }

  // A long network would be a line of dots: begin where it begins, the minimap shows the rest.
  #atTheStart() {
    const [x0, y0, x1, y1] = this.bounds();
    const [w, h] = this.size;
    this.rest = "start";
    if (this.board.slim) {
      const whole = (w - 2 * SLIM) / (x1 - x0); // the rows fill the width, and go on below
      const zoom = whole >= READABLE ? Math.min(START + 0.1, whole) : START;
      const head = Object.keys(this.board.view.roles).length > 1 ? HEAD * zoom : 0; // the name of the first of several networks
      const top = Math.max(SLIM + head, (h - (y1 - y0) * zoom) / 3) - y0 * zoom;
      return this.to(SLIM - x0 * zoom, top, zoom);
    }
    const first = this.canvas.boxes.get(this.board.view.order[0]) ?? [x0, y0, 0, y1 - y0];
    const zoom = Math.min(START, Math.max(LEGIBLE, (h - 2 * EDGE) / (y1 - y0)));
    this.to(EDGE - x0 * zoom, h / 2 - (first[1] + first[3] / 2) * zoom, zoom);
  }

  /** The zoom at which everything can be seen. */
  fitting(paths = null) {
    const [x0, y0, x1, y1] = this.bounds(paths);
    const [w, h] = this.size;
    const edge = this.board.slim ? SLIM : EDGE;
    return Math.min(FIT, (w - 2 * edge) / Math.max(1, x1 - x0), (h - 2 * edge) / Math.max(1, y1 - y0));
  }

  /** The box around all nodes, in units of the canvas. */
  bounds(paths = null) {
    const boxes = [...this.canvas.boxes].filter(([path]) => !paths || paths.has(path)).map(([, box]) => box);
    return around(boxes) ?? [0, 0, 320, 120];
  }

  /** Show everything, or everything of `paths`; never larger than life. */
  fit(paths = null, glide = true) {
    const [x0, y0, x1, y1] = this.bounds(paths);
    const [w, h] = this.size;
    const zoom = this.fitting(paths);
    const view = [w / 2 - (zoom * (x0 + x1)) / 2, h / 2 - (zoom * (y0 + y1)) / 2, zoom];
    if (glide) this.glideTo(...view);
    else this.to(...view);
    this.rest = paths ? null : "all";
  }

  glideTo(x, y, zoom) {
    cancelAnimationFrame(this.gliding);
    zoom = Math.max(LEAST, Math.min(MOST, zoom));
    const from = [this.x, this.y, this.zoom], start = performance.now();
    if (still.matches || !this.shown) return this.to(x, y, zoom);
    this.goal = [x, y, zoom];
    const step = (now) => {
      const part = Math.min(1, Math.max(0, (now - start) / 180)), eased = 1 - (1 - part) ** 3;
      this.to(...[x, y, zoom].map((value, place) => (part === 1 ? value : from[place] + (value - from[place]) * eased)));
      if (part < 1) {
        this.goal = [x, y, zoom];
        this.gliding = requestAnimationFrame(step);
      }
    };
    step(start);
  }

  to(x, y, zoom) {
    this.goal = null;
    [this.x, this.y, this.zoom] = [x, y, zoom];
    this.apply();
  }

  /** Show it with the next picture: many events make one. */
  apply() {
    this.shown = true;
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      this.#draw();
    });
  }

  #draw() {
    const { root, world, svg } = this.canvas;
    world.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.zoom})`);
    svg.classList.toggle("far", this.zoom < 0.56);
    svg.classList.toggle("farthest", this.zoom < 0.24);
    const mesh = (this.zoom < 0.4 ? 64 : 16) * this.zoom;
    root.style.backgroundPosition = `${this.x}px ${this.y}px`; // no custom properties: each would be handed down to all nodes
    root.style.backgroundSize = `${mesh}px ${mesh}px`;
    this.dispatchEvent(new Event("moved"));
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.kept.set("view", [this.x, this.y, this.zoom]), 300);
  }

  /**
   * Move by screen pixels; a part of the network stays on the screen. `wheel`: only as far as there is more to see, so
   * that the page scrolls on at the end. False where it moved no further.
   */
  pan(dx, dy, wheel = false) {
    cancelAnimationFrame(this.gliding);
    const bounds = this.bounds();
    const moved = [dx, dy].map((by, axis) => {
      const full = this.size[axis], at = [this.x, this.y][axis];
      const [low, high] = [bounds[axis] * this.zoom, bounds[axis + 2] * this.zoom];
      const ends = wheel ? [EDGE - low, full - EDGE - high] : [full - SEEN - low, SEEN - high];
      return clamp(at + by, Math.min(...ends), Math.max(...ends), at);
    });
    this.rest = null;
    if (Math.abs(moved[0] - this.x) < 0.01 && Math.abs(moved[1] - this.y) < 0.01) return false;
    this.to(...moved, this.zoom);
    return true;
  }

  /** Zoom by a factor; the point (px, py) of the canvas's element stays where it is. */
  scale(factor, px = this.size[0] / 2, py = this.size[1] / 2, glide = false) {
    const zoom = Math.max(LEAST, Math.min(MOST, this.zoom * factor));
    this.rest = null;
    const by = zoom / this.zoom;
    const to = [px - (px - this.x) * by, py - (py - this.y) * by, zoom];
    if (glide) this.glideTo(...to);
    else {
      cancelAnimationFrame(this.gliding);
      this.to(...to);
    }
  }

  /** A point of the screen in units of the canvas. */
  world(event) {
    const [px, py] = this.local(event);
    return [(px - this.x) / this.zoom, (py - this.y) / this.zoom];
  }

  local({ clientX, clientY }) {
    const box = this.canvas.root.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  /** Bring a node into view, by as little as it takes. */
  reveal(path) {
    const node = this.board.nodes.get(path);
    if (!node?.at || !this.canvas.boxes.has(path)) return;
    const [[x, y], [nw, nh]] = [node.at, node.size];
    const [w, h] = this.size;
    const [vx, vy, zoom] = this.goal ?? [this.x, this.y, this.zoom]; // where it will be when it has come to rest
    const need = (from, to, full) => {
      if (to - from > full - 2 * EDGE) return 0;
      return from < EDGE ? EDGE - from : to > full - EDGE ? full - EDGE - to : 0;
    };
    const dx = need(x * zoom + vx, (x + nw) * zoom + vx, w);
    const low = this.#free(x * zoom + vx + dx, (x + nw) * zoom + vx + dx, h);
    const dy = need(y * zoom + vy, (y + nh) * zoom + vy, low);
    if (!dx && !dy) return;
    this.rest = null;
    this.glideTo(vx + dx, vy + dy, zoom);
  }

  // Whoever opens a block wants to see what is in it.
  #unfolded({ changed, all }) {
    for (const path of changed) {
      const { block } = this.board.nodes.get(path) ?? {};
      if (block && !block.open) this.folded.add(path);
      else if (this.folded.delete(path) && block && !all) this.whole(path);
    }
  }

  /** Bring all of a node into view; where it is larger than the stage, from farther off, or else from its start on. */
  whole(path) {
    const { at, size } = this.board.nodes.get(path);
    const most = Math.min(...this.size.map((full, axis) => (full - 2 * EDGE) / size[axis]));
    if (!at || most >= this.zoom) return this.reveal(path);
    const zoom = Math.min(this.zoom, Math.max(this.board.slim ? READABLE : LEGIBLE, most));
    const place = (full, axis) => Math.max(EDGE, (full - size[axis] * zoom) / 2) - at[axis] * zoom;
    this.rest = null;
    this.glideTo(...this.size.map(place), zoom);
  }

  // How far down a node from `left` to `right` can be seen.
  #free(left, right, height) {
    const above = [...this.covers].filter(([box, at]) => at && !box.classList.contains("needless") && left < at[1] && right > at[0]);
    return Math.min(height, ...above.map(([, [, , top]]) => top + EDGE - 12));
  }
}

// Within low … high; from outside it may come nearer, but not go further off.
function clamp(value, low, high, now) {
  const [least, most] = [Math.min(low, high, now), Math.max(low, high, now)];
  return Math.max(least, Math.min(most, value));
}
