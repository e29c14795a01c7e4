// Mouse, pen and fingers on the canvas: decides what a press means and hands it to a gesture.

import { AutoPan } from "./autopan.js";
import { Drag } from "./drag.js";
import { Marquee, Pan, Pinch } from "./gestures.js";
import { Rewire } from "./link.js";
import { quickAdd } from "./quickadd.js";

const FAR = { mouse: 4, pen: 6, touch: 9 }, LONG = 480; // pixels before a press is a drag; milliseconds of a long press

/** A gesture has `move(event)`, `end(event)` and `cancel()`. */
export class Pointer {
  constructor(tools) {
    Object.assign(this, tools); // board, host, canvas, viewport, link, menu
    this.points = new Map();
    this.gesture = null;
    this.press = null;
    this.space = false;
    this.rim = new AutoPan(this);
    const { svg, root } = this.canvas;
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    svg.addEventListener("pointerup", (event) => this.up(event));
    svg.addEventListener("pointercancel", (event) => this.gone(event));
    // Let go over a menu or outside the board, a press is over, too.
    for (const name of ["pointerup", "pointercancel"])
      addEventListener(name, (event) => this.points.has(event.pointerId) && this.gone(event), { signal: this.board.signal });
    // After a long press no mouse is played to the page: it would take the focus from the menu.
    svg.addEventListener("touchend", (event) => this.wasLong && event.cancelable && event.preventDefault(), { passive: false });
    svg.addEventListener("dblclick", (event) => this.double(event));
    svg.addEventListener("contextmenu", (event) => this.context(event));
    root.addEventListener("focusin", (event) => this.focused(event));
    root.addEventListener("focusout", ({ relatedTarget }) => {
      if (!relatedTarget || !root.contains(relatedTarget)) root.classList.remove("active");
    });
  }

  /** What lies under an event: {path, port, place, fold, edge}; `ground`: it is the empty inside of an open block. */
  hit(event) {
    const target = event.target.closest?.(".node, .edge") ? event.target : null;
    const node = target?.closest(".node"), port = target?.closest(".port");
    return {
      path: node?.dataset.path ?? null,
      port: port ? (port.classList.contains("out") ? "out" : "in") : null,
      place: port ? Number(port.dataset.place) : null,
      ground: Boolean(node?.classList.contains("block-frame")) && !port && !target.closest(".header, .fold"),
      fold: Boolean(target?.closest(".fold")),
      badge: Boolean(target?.closest(".badge")),
      edge: target?.closest(".edge")?.edge ?? null,
    };
  }

  down(event) {
    this.points.set(event.pointerId, event);
    if (event.pointerType === "touch" && this.points.size === 2) return this.#start(new Pinch(this, [...this.points.values()]));
    if (this.points.size > 1) return;
    const on = this.hit(event);
    this.press = { event, on, moved: false };
    this.wasLong = false;
    if (!on.path) this.canvas.svg.focus({ preventScroll: true });
    if (event.button === 2) return;
    if (this.link.active || event.button === 1) return event.preventDefault();
    if (event.pointerType === "touch") this.#long(event);
    const several = event.shiftKey || event.ctrlKey || event.metaKey || this.canvas.several;
    if (on.path && !on.port && !on.fold && !on.ground && !several && !this.space && !this.board.selection.has(on.path))
      this.board.select([on.path], { focus: on.path });
  }

  #long(event) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      if (!this.press || this.press.moved || this.gesture) return;
      this.press.long = this.wasLong = true;
      const { on } = this.press;
      if (on.path && !this.board.selection.has(on.path)) this.board.select([on.path], { focus: on.path });
      this.menu.open(event.clientX, event.clientY, on);
    }, LONG);
  }

  move(event) {
    if (this.points.has(event.pointerId)) this.points.set(event.pointerId, event);
    if (this.gesture) {
      const { gesture } = this;
      gesture.move(event);
      if (!(gesture instanceof Pan || gesture instanceof Pinch)) this.rim.follow(event, (again) => this.gesture === gesture && gesture.move(again));
      return;
    }
    if (this.link.active && !this.press) return this.link.follow(event);
    if (!this.press || this.press.long) return;
    const { event: first } = this.press;
    if (event.pointerId !== first.pointerId) return;
    if (Math.hypot(event.clientX - first.clientX, event.clientY - first.clientY) < FAR[event.pointerType || "mouse"]) return;
    this.press.moved = true;
    clearTimeout(this.waiting);
    const begun = this.#begun(first, this.press.on);
    if (begun) this.#start(begun, event);
  }

  // What a drag that began at `first` does.
  #begun(first, on) {
    if (first.button === 1 || this.space) return new Pan(this, first);
    if (first.button === 2) return null;
    if (on.port === "out") return this.link.drag(on.path);
    if (on.port === "in") {
      const from = this.board.nodes.get(on.path).inputs?.[on.place];
      return from ? new Rewire(this.link, { from, to: on.path, place: on.place }) : this.link.drag(on.path, on.place);
    }
    if (on.edge) return new Rewire(this.link, on.edge);
    if (on.path && !on.ground) return new Drag(this, first, on.path);
    if (first.shiftKey) return new Marquee(this, first);
    if (first.pointerType === "touch" && !this.canvas.root.classList.contains("active")) return null;
    return new Pan(this, first);
  }

  #start(gesture, event) {
    this.gesture?.cancel();
    clearTimeout(this.waiting);
    this.gesture = gesture;
    if (!event) return;
    this.canvas.svg.setPointerCapture(event.pointerId); // not before: a click must reach what it is on
    gesture.move(event);
  }

  up(event) {
    const { press, gesture } = this;
    this.points.delete(event.pointerId);
    clearTimeout(this.waiting);
    this.rim.stop();
    if (gesture instanceof Pinch && this.points.size) return;
    [this.press, this.gesture] = [null, null];
    if (gesture) return gesture.end(event);
    if (press && !press.moved && !press.long && event.button !== 2) this.click(event, press.on);
  }

  gone(event) {
    this.points.delete(event.pointerId);
    clearTimeout(this.waiting);
    this.rim.stop();
    this.gesture?.cancel();
    [this.press, this.gesture] = [null, null];
  }

  /** A press that did not move. */
  click(event, on) {
    const { board, canvas, link } = this;
    canvas.root.classList.add("active");
    if (link.active) return on.path ? link.finish(on.path, on.port === "in" ? on.place : null) : link.cancel();
    if (on.fold) return board.send({ do: "open", node: on.path, open: !board.nodes.get(on.path).block.open });
    if (on.port === "out") return link.begin(on.path, null, event);
    if (on.port === "in" && !board.nodes.get(on.path).inputs?.[on.place]) return link.begin(on.path, on.place, event);
    if (on.edge) return canvas.choose(on.edge);
    const several = event.shiftKey || event.ctrlKey || event.metaKey || canvas.several;
    if (on.path) {
      board.select([on.path], { focus: on.path, add: several });
      if (on.badge) board.ask("problems", { node: on.path });
    }
    else if (!event.shiftKey) {
      canvas.several = false;
      canvas.choose(null);
    }
  }

  double(event) {
    const on = this.hit(event);
    if (on.fold || on.port) return;
    if (on.path && this.board.nodes.get(on.path).block) this.board.send({ do: "open", node: on.path, open: !this.board.nodes.get(on.path).block.open });
    else if (on.path) this.board.ask("settings", { node: on.path });
    else {
      const place = on.edge ? { edge: [on.edge.from, on.edge.to] } : { at: this.viewport.world(event).map(Math.round) };
      quickAdd(this.board, place, { x: event.clientX, y: event.clientY });
    }
  }

  context(event) {
    event.preventDefault();
    if (this.press?.long || event.pointerType === "touch") return;
    const on = this.hit(event);
    if (on.path && !this.board.selection.has(on.path)) this.board.select([on.path], { focus: on.path });
    if (on.edge) this.canvas.choose(on.edge);
    this.menu.open(event.clientX, event.clientY, on);
  }

  // Tab or a press brings the focus: keys then act on that node.
  focused(event) {
    this.canvas.root.classList.add("active");
    const path = event.target.closest?.(".node")?.dataset.path;
    if (path && path !== this.board.focus) {
      this.board.focus = path;
      if (!this.press && !this.board.selection.has(path)) this.board.select([path], { focus: path });
      if (!this.press) this.viewport.reveal(path);
    }
  }

  /** Give up what is being done, as Escape does. True where there was something. */
  cancel() {
    if (!this.gesture) return false;
    this.rim.stop();
    this.gesture.cancel();
    this.gesture = null;
    if (this.press) this.press.moved = true;
    return true;
  }
}
