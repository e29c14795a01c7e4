// Where the pictures come from: the moments of a run, live or at a past step, with what has been fetched kept a while.

import { decode } from "../dlviz.shared/frames.js";
import { follow } from "../dlviz.shared/stream.js";

const KEPT = 32e6; // bytes of frames
const RETRY = 1500; // milliseconds

export class Source extends EventTarget {
  constructor({ run, moments, stream }) {
    super();
    Object.assign(this, { run, address: moments });
    this.list = []; // {step, epoch, names}, oldest first
    this.past = window.__dlviz_time?.[run] ?? null; // the step looked at; null: now
    this.wanted = new Set(); // probes
    this.seen = true;
    this.cache = new Map();
    this.gone = new Set();
    this.bytes = 0;
    this.state = {};
    this.timed = ({ detail }) => detail?.run === run && this.travel(detail.step);
    window.addEventListener("dlviz:time", this.timed);
    this.leave = follow(stream, [run], {
      moment: (message) => this.#came(message),
      state: (state) => { this.state = state; this.dispatchEvent(new Event("state")); },
    });
    this.listed();
  }

  close() {
    this.closed = true;
    this.leave();
    clearTimeout(this.trying);
    window.removeEventListener("dlviz:time", this.timed);
  }

  /** The run goes on after it had ended. */
  reopen() { this.leave.reopen?.(); }

  /** Ask which moments there are. */
  async listed() {
    const found = await this.#fetched("", (answer) => answer.json());
    if (this.closed) return;
    if (!found?.moments) { this.trying = setTimeout(() => this.listed(), RETRY); return; }
    const known = new Map([...this.list, ...found.moments].map((moment) => [moment.step, moment]));
    const kept = new Set(found.moments.map(({ step }) => step)), newest = Math.max(-1, ...kept);
    this.list = [...known.values()].filter(({ step }) => kept.has(step) || step > newest).sort((a, b) => a.step - b.step);
    this.dispatchEvent(new Event("list"));
    this.refresh();
  }

  /** Look at a past step, or (null) at what is now. */
  travel(step) {
    const past = Number.isFinite(step) ? step : null;
    if (past === this.past) return;
    this.past = past;
    this.refresh();
  }

  want(names) {
    const before = this.wanted;
    this.wanted = new Set(names);
    if ([...this.wanted].some((name) => !before.has(name))) this.refresh();
  }

  /** Whether anybody can see the pictures: without it, nothing is fetched. */
  show(seen) {
    const again = seen && !this.seen;
    this.seen = seen;
    if (again) this.refresh();
  }

  /** The moment that is shown: the newest, or the one nearest to the step looked at. */
  moment() {
    if (this.past === null || !this.list.length) return this.list.at(-1) ?? null;
    return this.list.reduce((best, each) => (Math.abs(each.step - this.past) < Math.abs(best.step - this.past) ? each : best));
  }

  /** The newest moment up to `moment` that holds `probe`: what takes long is not drawn each time. */
  holding(probe, moment) {
    for (let at = this.list.indexOf(moment); at >= 0; at--) {
      const each = this.list[at];
      if (each.names.includes(probe) && !this.gone.has(keyOf(probe, each))) return each;
    }
    return null;
  }

  async frame(probe, moment) {
    const key = keyOf(probe, moment);
    if (this.cache.has(key)) {
      const found = this.cache.get(key);
      this.cache.delete(key);
      this.cache.set(key, found); // the one asked for last goes last
      return found;
    }
    const buffer = await this.#fetched(`/${key}`, (answer) => answer.arrayBuffer());
    const found = buffer && decode(buffer);
    if (buffer && !found) this.gone.add(key); // thinned out meanwhile
    if (!found || this.closed) return null;
    this.cache.set(key, found);
    this.bytes += found.bytes = buffer.byteLength;
    for (const [old, frame] of this.cache) {
      if (this.bytes <= KEPT) break;
      this.cache.delete(old);
      this.bytes -= frame.bytes;
    }
    return found;
  }

  /** Fetch what is wanted of the moment and say so ("shown"). Asked while it fetches, it goes on with what is then right. */
  async refresh() {
    if (this.busy) { this.again = true; return; }
    this.busy = true;
    do {
      this.again = false;
      const moment = this.moment();
      if (!moment || !this.seen || this.closed) break;
      const past = this.past, names = [...this.wanted];
      const frames = await Promise.all(names.map((name) => {
        const at = this.holding(name, moment);
        return at ? this.frame(name, at) : null;
      }));
      if (this.closed) break;
      if (past !== this.past) { this.again = true; continue; } // meanwhile another step is looked at: too late
      const found = Object.fromEntries(names.map((name, number) => [name, frames[number]]).filter(([, frame]) => frame));
      if (past === null && this.shown?.live) // what was just thinned out is still the newest that is known
        for (const name of names) found[name] ??= this.shown.frames[name];
      if (names.length && !Object.keys(found).length && names.some((name) => this.holding(name, moment))) this.#thinned();
      this.shown = { step: moment.step, epoch: moment.epoch, live: past === null, frames: found };
      this.dispatchEvent(new CustomEvent("shown", { detail: this.shown }));
    } while (this.again);
    this.busy = false;
  }

  #came({ step, epoch, names, made }) {
    if (!Number.isFinite(step)) return;
    this.list = this.list.filter((each) => each.step < step); // a resumed run takes back what it overtakes
    this.list.push({ step, epoch, names: names ?? [], made });
    if (this.list.length > 400) this.#thinned();
    this.dispatchEvent(new Event("list"));
    if (this.past === null) this.refresh();
  }

  // Moments are given up as a run goes on: ask again which there are.
  #thinned() {
    if (this.asking) return;
    this.asking = setTimeout(() => { this.asking = null; if (!this.closed) this.listed(); }, RETRY);
  }

  async #fetched(path, read) {
    try {
      const answer = await fetch(this.address + path, { credentials: "same-origin" });
      return answer.ok ? await read(answer) : null;
    } catch {
      return null;
    }
  }
}

// `gone`: what is there no more is answered by nothing at all, not by an error.
const keyOf = (probe, { step, made }) => `${step}/${probe}?gone=empty${made ? `&v=${made}` : ""}`;
