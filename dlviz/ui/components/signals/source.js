// What the views draw: the run's moments, its signals, the frames of its probes. Fetched once each, and kept.

import { decode } from "../dlviz.shared/frames.js";
import { follow } from "../dlviz.shared/stream.js";

const LOST = false; // of a frame that is not there
const MOST_FRAMES = 400, AT_ONCE = 4, SIGNALS_EVERY = 1000, AGAIN = 2000; // milliseconds
const ENDED = ["finished", "stopped", "failed", "interrupted"];

export class Source {
  constructor(data, changed) {
    [this.data, this.changed] = [data, changed];
    [this.moments, this.signals, this.past] = [[], null, data.at ?? null];
    [this.frames, this.waiting, this.busy] = [new Map(), [], 0];
    this.stop = follow(data.stream, [data.run], { moment: () => this.news(), end: () => this.news() });
    this.news();
  }

  // The step that is shown: that of the slider, or of the newest moment; null before there is any.
  get at() {
    return this.past ?? this.moments.at(-1)?.step ?? null;
  }

  goTo(step) {
    this.past = step ?? null;
    this.changed();
  }

  revive(status) {
    if (!ENDED.includes(status)) this.stop.reopen();
    this.news();
  }

  // Something new lies on the server: ask for it, but not too often.
  news() {
    if (this.timer || this.closed) return;
    const wait = Math.max(0, (this.askedAt ?? 0) + SIGNALS_EVERY - Date.now());
    this.timer = setTimeout(async () => {
      this.askedAt = Date.now();
      const [moments, signals] = await Promise.all([json(this.data.moments), json(this.data.signals)]);
      this.timer = null;
      if (this.closed) return;
      if (moments) this.listed(moments.moments ?? []);
      if (signals) this.signals = signals.columns;
      this.loaded = true;
      this.changed();
    }, wait);
  }

  // A moment that was made anew (the run went on from before it) is another one: what was kept of the old one goes.
  listed(moments) {
    const before = new Map(this.moments.map(({ step, made }) => [step, made]));
    const anew = new Set(moments.filter(({ step, made }) => before.has(step) && before.get(step) !== made).map(({ step }) => `${step}`));
    for (const key of anew.size ? [...this.frames.keys()] : []) if (anew.has(key.split("/")[0])) this.frames.delete(key);
    this.moments = moments;
  }

  // The moments that hold what `probe` saw, up to the shown one; at most `most`, evenly spread, the newest among them.
  seen(probe, most = Infinity) {
    const at = this.at;
    const found = this.moments.filter((moment) => moment.names.includes(probe) && moment.step <= at);
    if (found.length <= most) return found;
    const gap = (found.length - 1) / (most - 1);
    return Array.from({ length: most }, (_, number) => found[Math.round(number * gap)]);
  }

  // The frame of `probe` that is shown now, or the nearest before it; null while it is on its way.
  now(probe) {
    // one that has just been thinned out, or is damaged, gives way to the one before it
    const moment = this.seen(probe).findLast(({ step }) => this.frames.get(`${step}/${probe}`) !== LOST);
    return moment ? this.frame(moment.step, probe) : null;
  }

  /** A frame; null where it is still on its way (`changed` is called when it is there) or damaged. */
  frame(step, probe) {
    const key = `${step}/${probe}`;
    if (this.frames.has(key)) return this.frames.get(key) || null;
    this.frames.set(key, null);
    for (const old of this.frames.keys()) if (this.frames.size > MOST_FRAMES && this.frames.get(old)) this.frames.delete(old);
    this.waiting.push(key);
    this.fetch();
    return null;
  }

  async fetch() {
    if (this.busy >= AT_ONCE || !this.waiting.length || this.closed) return;
    this.busy += 1;
    const key = this.waiting.pop(); // what was asked for last is what is looked at
    try {
      const made = this.moments.find(({ step }) => key.startsWith(`${step}/`))?.made;
      const answer = await fetch(`${this.data.moments}/${key}${made === undefined ? "" : `?v=${made}`}`);
      this.frames.set(key, (answer.ok && decode(await answer.arrayBuffer())) || LOST);
    } catch {
      setTimeout(() => { this.frames.delete(key); this.changed(); }, AGAIN); // the connection was lost
      this.busy -= 1;
      return;
    }
    this.busy -= 1;
    if (this.closed) return;
    this.changed();
    this.fetch();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.stop();
  }
}

async function json(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
