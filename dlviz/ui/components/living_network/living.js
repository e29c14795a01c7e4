// The network of a run while it learns. Streamlit calls the default export whenever the page has run; what is drawn
// goes on meanwhile: it follows the run by itself.

import { Cards } from "./cards.js";
import { Editor } from "./editor.js";
import { grouped, make } from "./make.js";
import { Colors } from "./scales.js";
import { Source } from "./source.js";
import { Units } from "./units.js";
import { Weights } from "./weights.js";

const shown = new WeakMap();
const SPEAK_EVERY = 20000, TRY_AGAIN = 2000; // milliseconds
const ENDED = ["finished", "stopped", "failed", "interrupted"];

export default function (component) {
  const root = component.parentElement.querySelector(".dlviz-living");
  if (!shown.has(root)) shown.set(root, new Living(root));
  const living = shown.get(root);
  living.show(component.data);
  return () => { living.close(); shown.delete(root); };
}

class Living {
  constructor(root) {
    this.root = root;
    this.when = make("p", { class: "when" });
    this.spoken = make("p", { class: "spoken", "aria-live": "polite" });
    this.note = make("p", { class: "wait" }, "The network appears here as soon as it is known.");
    this.body = make("div", { class: "body" }, this.note);
    root.replaceChildren(this.when, this.body, this.spoken);
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "The network while it learns");
    this.weights = new Weights();
    this.frames = {};
    this.sections = [];
    this.spokenAt = Date.now();
    this.editor = new Editor(this);
    this.watching = new IntersectionObserver((entries) => { this.inSight = entries.at(-1).isIntersecting; this.#seen(); }, { rootMargin: "200px" });
    this.watching.observe(root);
    this.looked = () => this.#seen();
    document.addEventListener("visibilitychange", this.looked);
    root.addEventListener("keydown", (event) => event.key === "Escape" && event.target.closest(".facts") && this.sections.find((each) => each.element.contains(event.target))?.back?.());
  }

  show(data) {
    const again = data.run !== this.data?.run, ground = data.dark !== this.data?.dark, before = this.data?.status;
    this.data = data;
    this.root.style.setProperty("--roles", data.roles);
    this.root.classList.toggle("plane", data.plane);
    if (again) this.#begin();
    else if (ENDED.includes(before) && !ENDED.includes(data.status)) this.source.reopen();
    if (again || ground) {
      this.colors = new Colors(data.colors, data.dark);
      this.root.classList.toggle("dark", data.dark);
      const { negative, positive, faint } = this.colors.ground;
      this.root.style.setProperty("--dlviz-faint", faint);
      this.root.style.setProperty("--negative", negative);
      this.root.style.setProperty("--positive", positive);
      this.draw();
    }
  }

  get state() { return { status: this.data.status, ...this.source.state }; }

  #begin() {
    this.source?.close();
    this.source = new Source(this.data);
    this.source.addEventListener("shown", ({ detail }) => this.#take(detail));
    for (const kind of ["state", "list"]) this.source.addEventListener(kind, () => this.#when());
    this.turned = new Set();
    this.sections = [];
    this.#load();
  }

  /** Ask what is drawn; `turned` are the blocks that are opened or closed here. */
  async #load() {
    const { run, living } = this.data;
    const found = await this.fetched(`${living}?turned=${encodeURIComponent([...this.turned].join())}`);
    if (this.closed || run !== this.data.run) return;
    if (found.error || !found.roles) {
      this.note.textContent = found.error ?? "The network cannot be drawn.";
      this.body.replaceChildren(this.note);
      this.trying = setTimeout(() => this.#load(), TRY_AGAIN);
      return;
    }
    this.view = found;
    const places = this.body.querySelector(".graph")?.scrollLeft;
    this.sections = Object.entries(found.roles).map(([role, view]) => new (view.layers ? Units : Cards)(this, role, view));
    const several = this.sections.length > 1;
    this.body.replaceChildren(...this.sections.flatMap((each) => [several ? make("h4", {}, each.role) : null, each.element].filter(Boolean)));
    for (const each of this.sections) each.place();
    if (places) this.body.querySelector(".graph").scrollLeft = places;
    this.wants();
    if (this.sections.some((each) => each.view.layers)) this.#points();
  }

  async #points() {
    const found = await this.fetched(`${this.data.living}/points`);
    if (found.error || !found.train) return;
    this.points = found;
    this.largestTarget = Math.max(1e-9, ...found.train.map((row) => Math.abs(row[2] ?? 0)));
    this.draw();
  }

  extent(axis) {
    const values = (this.points?.train ?? [[-1, -1], [1, 1]]).map((row) => row[axis === "x" ? 0 : 1]);
    return [Math.min(...values), Math.max(...values)];
  }

  /** Ask for the probes that the sections need now. */
  wants() { this.source.want(this.sections.flatMap((each) => each.needs)); }

  turn(block) {
    if (!this.turned.delete(block)) this.turned.add(block);
    this.#load().then(() => this.body.querySelector(`.turn[data-block="${CSS.escape(block)}"]`)?.focus({ preventScroll: true }));
  }

  #take({ step, frames }) {
    this.frames = frames;
    if (frames.weights) this.weights.take(frames.weights);
    this.step = step;
    this.draw();
    this.#when();
    if (Date.now() - this.spokenAt > SPEAK_EVERY || this.source.past !== null) this.say(this.when.textContent);
  }

  /** Draw with the next picture: several reasons make one drawing. */
  draw() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      if (!this.closed && this.colors) for (const each of this.sections) each.draw();
    });
  }

  #when() {
    const { shown, list, past } = this.source, { status } = this.state;
    const ended = ENDED.includes(status);
    if (!shown) this.when.textContent = list.length ? "" : ended ? "No picture of this network was kept." : "The first picture comes as soon as the network has taken a few steps.";
    else {
      const place = `Step ${grouped(shown.step)}${Number.isFinite(shown.epoch) ? ` · epoch ${shown.epoch < 100 ? shown.epoch.toFixed(1) : grouped(shown.epoch)}` : ""}`;
      if (this.source.wanted.size && !Object.keys(shown.frames).length) this.when.textContent = `${place} · nothing was kept of this network here`;
      else this.when.textContent = past !== null ? (past === shown.step ? place : `${place} · the kept moment nearest to step ${grouped(past)}`) : `${place} · ${ended ? "as it stands at the end" : status === "paused" ? "paused" : "as it learns"}`;
    }
  }

  say(text) {
    this.spokenAt = Date.now();
    this.spoken.textContent = text;
  }

  #seen() { this.source?.show(this.inSight !== false && !document.hidden); }

  // Names and places of units and weights.

  nameOf(view, { layer, unit }) {
    const each = view.layers[layer];
    if (each.role === "input") return `input ${this.view.names[unit] ?? unit + 1}`;
    if (each.role === "output") return view.answer.kind === "classes" ? `output ${view.answer.names[unit]}` : each.units > 1 ? `output ${unit + 1}` : "output";
    const hidden = view.layers.filter((other) => other.role === "hidden");
    const column = [...new Set(hidden.map((other) => other.column))].indexOf(each.column) + 1;
    const beside = hidden.filter((other) => other.column === each.column).length > 1 ? ` (${each.nodes[0].path.split(".").slice(1).join(".")})` : "";
    return `hidden layer ${column}${beside}, unit ${unit + 1}`;
  }

  /** What the window needs to know of the weight on a line. */
  weightOf(view, { from: [source, i], to: [layer, j], path, index }) {
    const short = this.nameOf(view, { layer: source, unit: i });
    return { path, name: "weight", index, short, title: `weight from ${short} to ${this.nameOf(view, { layer, unit: j })}` };
  }

  /** The bias of a unit and the weights that lead to it. */
  incoming(view, { layer, unit }) {
    const each = view.layers[layer], found = [];
    if (!each.path) return found;
    found.push({ path: each.path, name: "bias", index: [unit], short: "bias", title: `bias of ${this.nameOf(view, { layer, unit })}` });
    for (const { layer: source, offset = 0, weighs } of each.sources)
      if (weighs) for (let i = 0; i < view.layers[source].units; i++) found.push(this.weightOf(view, { from: [source, i], to: [layer, unit], path: each.path, index: [unit, i + offset] }));
    if (this.weights.frame && !this.weights.array(each.path, "bias")) found.shift();
    return found;
  }

  /** Open the window in which a weight is changed, beside `element` or where the mouse is. */
  edit(what, element, event) {
    const box = this.root.getBoundingClientRect(), place = element?.getBoundingClientRect();
    const [x, y] = event ? [event.clientX, event.clientY] : [place.left, place.bottom];
    const drawn = this.sections.find(({ view }) => view.layers?.some(({ path }) => path === what.path));
    this.editor.open(what, x - box.left, y - box.top, element ?? document.activeElement, drawn?.drawing);
  }

  command(name, payload) { return this.posted(this.data.command, { name, payload }); }

  fork(step, weight) { return this.posted(`${this.data.living}/fork`, { step, weight }); }

  posted(address, document) {
    return this.fetched(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(document) });
  }

  async fetched(address, how = {}) {
    try {
      const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", ...how });
      return await answer.json();
    } catch {
      return { error: "The server does not answer." };
    }
  }

  close() {
    this.closed = true;
    this.source?.close();
    this.editor.end();
    this.watching.disconnect();
    clearTimeout(this.trying);
    document.removeEventListener("visibilitychange", this.looked);
  }
}
