// Time travel: a slider whose stops are the moments at which pictures of a run were kept, with "now" at its right end.
// Every move is told at once to all that stands on the page (`dlviz:time`), and to the page when the hand rests.

import { follow } from "../dlviz.shared/stream.js";
import { tell } from "../dlviz.shared/tell.js";
import { Moments } from "./moments.js";
import { grouped, place, shell } from "./shell.js";

const sliders = new WeakMap();
const REST = 300, WHILE_PLAYING = 1000; // milliseconds until, and between which, the page is told
const ENDED = ["finished", "stopped", "failed", "interrupted"];
const FAR = 10; // stops that Page up and Page down go

export default function (component) {
  const root = component.parentElement.querySelector(".dlviz-time");
  if (!sliders.has(root)) sliders.set(root, new Slider(root));
  sliders.get(root).show(component);
  return () => { sliders.get(root)?.close(); sliders.delete(root); };
}

class Slider {
  constructor(root) {
    this.root = root;
    this.part = shell(root);
    const { slider, play, now, fork } = this.part;
    slider.addEventListener("keydown", (event) => this.typed(event));
    slider.addEventListener("pointerdown", (event) => this.grabbed(event));
    slider.addEventListener("pointermove", (event) => this.held && this.pointed(event));
    for (const kind of ["pointerup", "pointercancel"]) slider.addEventListener(kind, () => (this.held = false));
    play.onclick = () => (this.playing ? this.pause() : this.play());
    now.onclick = () => this.go(this.moments.length);
    fork.onclick = () => this.tell("fork", String(this.step ?? this.latest));
    this.elsewhere = ({ detail }) => detail.run === this.run && detail.from !== this && this.follow(detail.step);
    window.addEventListener("dlviz:time", this.elsewhere);
    this.step = null; // the chosen moment; null: now
  }

  show({ data: { at = null, ...data }, setTriggerValue }) {
    data.at = at; // Streamlit leaves out what is None
    this.tell = (name, value) => tell(() => setTriggerValue(name, value));
    this.part.fork.hidden = !data.fork;
    const revived = data.status !== this.status && !ENDED.includes(data.status);
    this.status = data.status;
    if (data.run !== this.run) this.begin(data);
    else if (revived) this.stop.reopen();
    this.heed(data.at);
    this.draw();
  }

  // The page names a step. It may be late: what this slider has told it itself comes back in its own time, and is no
  // wish of anybody. Anything else is: a link, the browser's way back.
  heed(at) {
    const own = this.sent.indexOf(at);
    if (own >= 0) this.sent.splice(0, own + 1);
    else if (at !== this.addressed) this.follow(at);
    this.addressed = at;
  }

  begin(data) {
    this.stop?.();
    [this.run, this.step, this.told, this.addressed] = [data.run, data.at, data.at, data.at];
    [this.state, this.announced, this.sent] = [{}, false, []];
    this.moments = new Moments(data.moments, () => this.listed());
    this.moments.load();
    this.stop = follow(data.stream, [data.run], {
      moment: (message) => this.moments.add(message),
      state: (message) => { this.state = message; this.draw(); },
      points: ({ trim }) => trim !== null && this.moments.load(), // some of the past was overtaken
    });
  }

  // The moments are known, or have changed.
  listed() {
    const known = this.step === null ? null : this.moments.nearest(this.step);
    if (known !== null && known !== this.step) this.step = known;
    if (!this.announced) { this.announced = true; if (this.step !== null) this.announce(); }
    this.root.hidden = !this.moments.length && ENDED.includes(this.status); // there will be none
    this.draw();
  }

  get latest() { return Math.max(this.state.step ?? 0, this.moments.last); }

  // The number of the chosen stop; the stop after the last moment is now.
  get at() { return this.step === null ? this.moments.length : this.moments.indexOf(this.step); }

  go(index, page = true) {
    const many = this.moments.length;
    const step = index >= many ? null : this.moments.steps[Math.max(index, 0)];
    if (step !== this.step) {
      this.step = step;
      this.announce();
    }
    this.draw();
    if (page) this.rest(REST);
  }

  follow(step) {
    const found = step === null ? null : this.moments.nearest(step);
    if (found === this.step) return;
    this.step = found;
    this.announce();
    this.draw();
    this.rest(REST);
  }

  announce() {
    (window.__dlviz_time ??= {})[this.run] = this.step; // for what is drawn later
    window.dispatchEvent(new CustomEvent("dlviz:time", { detail: { run: this.run, step: this.step, from: this } }));
  }

  // Tell the page, unless the hand moves on.
  rest(wait) {
    if (this.playing && this.resting) return;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.resting = null;
      if (this.step === this.told) return;
      this.told = this.step;
      this.sent.push(this.step);
      this.tell("at", String(this.step ?? "now")); // as words: a bare 0 is taken for nothing
    }, wait);
  }

  play() {
    if (this.step === null) this.go(0, false);
    this.playing = true;
    const next = () => {
      if (!this.playing) return;
      if (!document.hidden) this.go(this.at + 1, false);
      this.rest(WHILE_PLAYING);
      if (this.step === null) return this.pause();
      this.timer = setTimeout(next, 1000 / Number(this.part.speed.value));
    };
    this.timer = setTimeout(next, 1000 / Number(this.part.speed.value));
    this.draw();
  }

  pause() {
    this.playing = false;
    clearTimeout(this.timer);
    this.rest(0);
    this.draw();
  }

  typed(event) {
    const { at } = this, end = this.moments.length;
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: end,
      PageUp: at + FAR, PageDown: at - FAR }[event.key];
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.playing) this.pause();
    this.go(Math.min(Math.max(to, 0), end));
  }

  grabbed(event) {
    if (event.button) return;
    this.held = true;
    this.part.slider.setPointerCapture(event.pointerId);
    this.part.slider.focus({ preventScroll: true });
    event.preventDefault();
    if (this.playing) this.pause();
    this.pointed(event);
  }

  pointed(event) {
    const box = this.part.rail.getBoundingClientRect();
    this.go(this.moments.stopAt((event.clientX - box.left) / box.width));
  }

  draw() {
    this.root.classList.toggle("waiting", !this.moments?.length); // its room is kept
    if (!this.moments?.length) return;
    const { slider, where, now, play, fork } = this.part, { at } = this, end = this.moments.length;
    const [step, epoch] = this.step === null ? [this.latest, Math.max(this.state.epoch ?? 0, this.moments.epochs.at(-1))] : [this.step, this.moments.epochs[at]];
    const said = place(step, epoch);
    slider.setAttribute("aria-valuemax", end);
    slider.setAttribute("aria-valuenow", at);
    slider.setAttribute("aria-valuetext", this.step === null ? `now, ${said}` : said);
    where.replaceChildren(this.step === null ? "Now · " : "", said.replace(", ", " · "));
    now.setAttribute("aria-pressed", this.step === null);
    play.setAttribute("aria-label", this.playing ? "Stop playing" : "Play through the past");
    play.setAttribute("aria-pressed", Boolean(this.playing));
    fork.title = `A new run that goes on from step ${grouped(step)} with other settings`;
    this.root.classList.toggle("past", this.step !== null);
    this.root.style.setProperty("--at", `${100 * this.moments.share(at)}%`);
    this.part.ticks(this.moments);
  }

  close() {
    this.stop?.();
    this.moments?.close();
    clearTimeout(this.resting);
    clearTimeout(this.timer);
    window.removeEventListener("dlviz:time", this.elsewhere);
  }
}
