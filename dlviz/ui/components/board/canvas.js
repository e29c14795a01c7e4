// The canvas: draws what changed, lets nodes glide to new places, and shows what is selected.

import { frame, role } from "./canvas_block.js";
import { Edges } from "./canvas_edge.js";
import { card, recost } from "./canvas_node.js";
import { around } from "./geometry.js";
import { element, shape } from "./make.js";
import { setType } from "./type.js";
import { inside } from "./walk.js";
import { label } from "./words.js";

const GLIDE = 170, MOST_GLIDING = 240; // milliseconds, nodes
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** `boxes`: path → [x, y, w, h] as drawn just now, of all nodes that can be seen. */
export class Canvas {
  constructor(board, host) {
    this.board = board;
    this.host = host;
    this.root = element("div", "canvas");
    host.stage.append(this.root);
    this.boxes = new Map();
    this.groups = new Map();
    this.drawn = new Map(); // path → the node as its group shows it
    this.held = new Set(); // what a hand moves, until the server has laid out anew
    this.layers = Object.fromEntries(["roles", "frames", "edges", "cards", "over"].map((name) => [name, shape("g", { class: name })]));
    for (const name of ["roles", "edges", "over"]) this.layers[name].setAttribute("aria-hidden", "true");
    this.world = shape("g", { class: "world" }, ...Object.values(this.layers));
    this.svg = shape("svg", {
      class: "drawing", role: "listbox", "aria-multiselectable": "true", "aria-label": "The network", "aria-describedby": "board-keys",
      tabindex: "-1",
    }, this.world);
    const hint = element("p", "spoken", "Arrows walk along the edges, A adds, C connects, Delete removes, question mark shows all keys.");
    hint.id = "board-keys";
    this.root.append(hint, this.svg);
    this.edges = new Edges(this, this.layers.edges);
    board.addEventListener("view", ({ detail }) => this.renew(detail));
    board.addEventListener("selection", () => this.mark());
    board.addEventListener("data", () => this.dress());
    board.addEventListener("menu", () => this.dress());
  }

  get edge() {
    return this.board.edge;
  }

  /** Take over fonts and colours. */
  dress() {
    setType(this.root);
    const groups = new Set([...this.board.colors.keys()]);
    for (const group of groups) this.root.style.setProperty(`--group-${group}`, this.board.color(group));
    this.onDress?.();
  }

  renew({ changed, gone, all, assumed }) {
    const { board } = this;
    const touched = new Set(changed);
    const led = this.holdsFocus();
    if (!assumed) this.held.clear();
    this.#saveFocus(gone);
    for (const path of changed) if (board.nodes.get(path)?.block) for (const inner of inside(board, path)) touched.add(inner);
    for (const path of gone) this.#drop(path);
    const targets = new Map();
    const first = !this.groups.size;
    for (const path of touched) {
      const node = board.nodes.get(path);
      if (!node?.at || !node.size || !board.seen(path)) {
        this.#drop(path);
        continue;
      }
      const target = [...node.at, ...node.size];
      const shown = this.boxes.get(path);
      if (shown && !assumed && target.some((value, place) => value !== shown[place])) targets.set(path, target);
      else this.boxes.set(path, target);
      this.#draw(path, node);
    }
    if (all || gone.length || touched.size) this.#order();
    this.svg.setAttribute("aria-label", this.#about());
    this.edges.renew();
    this.#roles();
    this.#glide(targets, first);
    this.lost ||= led && !this.holdsFocus(); // the node that had the keys is gone
    this.mark();
    this.onDrawn?.({ first, all });
  }

  #about() {
    const many = this.board.view.order.length;
    return `The network, ${many === 1 ? "1 layer" : `${many} layers`}`;
  }

  #drop(path) {
    this.boxes.delete(path);
    this.groups.get(path)?.remove();
    this.groups.delete(path);
    this.drawn.delete(path);
  }

  #draw(path, node) {
    let group = this.groups.get(path);
    const [x, y, w, h] = this.boxes.get(path);
    const before = this.drawn.get(path);
    this.drawn.set(path, node);
    if (group && alike(before, node)) {
      if (before.share !== node.share) recost(group, node); // an edit changes the share of every node
      return group.setAttribute("transform", `translate(${x} ${y})`);
    }
    if (!group) {
      group = shape("g", { role: "option", tabindex: "-1", "data-path": path });
      this.groups.set(path, group);
    }
    const name = this.board.name(path);
    const open = Boolean(node.block?.open);
    group.setAttribute("class", `node ${open ? "block-frame" : node.block ? "block" : ""} ${node.problems?.length ? "wrong" : ""}`);
    group.style.setProperty("--group", `var(--group-${node.group}, var(--faint))`);
    group.setAttribute("aria-label", label(this.board, path));
    if (open) frame(group, node, name, w, h);
    else card(group, node, name);
    group.setAttribute("transform", `translate(${x} ${y})`);
    const layer = open ? this.layers.frames : this.layers.cards;
    if (group.parentNode !== layer) this.#keepFocus(() => layer.append(group));
  }

  // Nodes stand in the document in reading order; those that do already are not touched, which would cost them the focus.
  #order() {
    this.#keepFocus(() => {
      for (const layer of [this.layers.frames, this.layers.cards]) {
        let next = layer.firstChild;
        for (const path of this.board.view.order) {
          const group = this.groups.get(path);
          if (group?.parentNode !== layer) continue;
          if (group === next) next = next.nextSibling;
          else layer.insertBefore(group, next);
        }
      }
    });
  }

  #keepFocus(act) {
    const held = this.root.getRootNode().activeElement;
    act();
    if (held && held !== this.root.getRootNode().activeElement && this.root.contains(held)) held.focus({ preventScroll: true });
  }

  // To remove what has the focus, and to give the focus while places are not known, each lay the whole page out: it is
  // taken from what goes before anything is changed.
  #saveFocus(gone) {
    const path = this.root.getRootNode().activeElement?.dataset.path;
    if (this.groups.has(path) && (gone.includes(path) || !this.board.seen(path))) this.svg.focus({ preventScroll: true });
  }

  #roles() {
    const names = Object.keys(this.board.view.roles);
    const frames = names.length < 2 ? [] : names.flatMap((name) => {
      const box = around([...this.boxes].filter(([path]) => path.startsWith(`${name}.`)).map(([, each]) => each));
      return box ? [role(name, this.board.view.roles[name].about, box, this.board.view.roles[name].frame)] : [];
    });
    this.layers.roles.replaceChildren(...frames);
  }

  #glide(targets, first) {
    cancelAnimationFrame(this.gliding);
    const pending = this.pending ?? new Map();
    for (const [path, target] of targets) pending.set(path, { target, from: this.boxes.get(path) });
    for (const [path, move] of pending) if (!targets.has(path)) move.from = this.boxes.get(path) ?? move.from;
    for (const path of pending.keys()) if (!this.groups.has(path)) pending.delete(path);
    this.pending = pending;
    if (!pending.size) return;
    const start = performance.now();
    const step = (now) => {
      const part = first || still.matches || pending.size > MOST_GLIDING ? 1 : Math.min(1, Math.max(0, (now - start) / GLIDE)); // a picture may have begun before
      const eased = 1 - (1 - part) ** 3;
      for (const [path, { from, target }] of pending) this.put(path, target.map((value, place) => from[place] + (value - from[place]) * eased));
      if (part < 1) this.edges.route(pending.keys());
      else {
        pending.clear();
        this.edges.route();
      }
      this.#roles();
      this.onMoved?.(part === 1);
      if (part < 1) this.gliding = requestAnimationFrame(step);
    };
    step(start);
  }

  /** Put a node somewhere, by hand or on its way; edges follow with `edges.route`. */
  put(path, box) {
    const group = this.groups.get(path);
    if (!group) return;
    const before = this.boxes.get(path);
    const full = [...box, ...before.slice(box.length)];
    this.boxes.set(path, full);
    this.pending?.size && box.length === 2 && this.pending.delete(path);
    group.setAttribute("transform", `translate(${full[0]} ${full[1]})`);
    const node = this.board.nodes.get(path);
    if (node.block?.open && (before[2] !== full[2] || before[3] !== full[3])) frame(group, node, this.board.name(path), full[2], full[3]);
  }

  /** Show what is selected and let Tab come to the one in focus. */
  mark() {
    const { selection } = this.board;
    for (const [path, group] of this.groups) {
      const chosen = selection.has(path);
      if (group.getAttribute("aria-selected") !== String(chosen)) group.setAttribute("aria-selected", String(chosen));
      group.classList.toggle("selected", chosen);
    }
    if (selection.size) this.board.edge = null;
    const { edge } = this;
    for (const { group, from, to } of this.edges.drawn.values())
      group.classList.toggle("selected", Boolean(edge) && edge[0] === from && edge[1] === to);
    // With the next picture: both need all places to be known, and more may change before.
    this.focusing ??= requestAnimationFrame(() => {
      this.focusing = null;
      this.#tabs();
      const free = this.lost && document.activeElement === document.body;
      this.lost = false;
      if (free || (this.holdsFocus() && this.groups.has(this.board.focus))) this.focusOn(this.board.focus);
    });
  }

  #tabs() {
    const { focus, view } = this.board;
    const entry = this.groups.has(focus) ? focus : view.order.find((path) => this.groups.has(path));
    for (const [path, group] of this.groups) {
      const tab = path === entry ? "0" : "-1";
      if (group.getAttribute("tabindex") !== tab) group.setAttribute("tabindex", tab);
    }
  }

  /** Whether keys go to the canvas. */
  holdsFocus() {
    const held = this.root.getRootNode().activeElement;
    return Boolean(held) && this.root.contains(held);
  }

  focusOn(path) {
    const group = this.groups.get(path) ?? this.svg;
    if (this.root.getRootNode().activeElement !== group) group.focus({ preventScroll: true });
  }

  /** Select an edge; keys then act on it. */
  choose(edge) {
    this.board.edge = edge ? [edge.from, edge.to] : null;
    this.board.select([]);
    if (edge) this.board.say(`The edge from ${this.board.name(edge.from)} to ${this.board.name(edge.to)}: ${this.edges.flows(edge)}. Delete removes it.`);
  }
}

const ELSEWHERE = new Set(["at", "bends", "fixed", "field", "flops", "settings"]);

// Whether two nodes are drawn alike but for their place: drawing one anew costs more than all else.
function alike(before, now) {
  if (!before || before === now) return before === now;
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    if (before[key] === now[key] || ELSEWHERE.has(key)) continue;
    if (key === "share" && before.share && now.share) continue;
    if (typeof now[key] !== "object" || JSON.stringify(before[key]) !== JSON.stringify(now[key])) return false;
  }
  return true;
}
