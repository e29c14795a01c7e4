// One connection to the live stream for all that a page shows of the same runs: a browser grants six to a server, in
// all its tabs together. What is imported twice under two addresses still meets here, on `window`.
//
//     const close = follow("/dlviz/stream", ["20261122-…"], { points, state, moment, end });
//     close.reopen();   // the run goes on: listen again, from where the stream ended
//     close();          // nobody listens any more: the connection is closed
//
// Each listener gets the message, with `run` the number of the run among those asked for. Who comes later is told at
// once what the others have heard: all points in one message (`trim: -1`), the last state and moment of each run.

import { Curves } from "./curves.js";

const TRIES = [1000, 2000, 4000, 8000, 16000, 30000]; // milliseconds between two tries where the server refuses
const HIDDEN_FOR = 10000; // a tab that nobody looks at gives its connection back after this long

export function follow(path, runs, listener) {
  const streams = (window.__dlviz_streams ??= new Map());
  const key = `${path}?runs=${runs.join(",")}`;
  if (!streams.has(key)) streams.set(key, new Stream(key, runs.length, () => streams.delete(key)));
  const stream = streams.get(key);
  stream.join(listener);
  const close = () => stream.leave(listener);
  close.reopen = () => stream.reopen();
  return close;
}

class Stream {
  constructor(address, many, forget) {
    [this.address, this.forget] = [address, forget];
    this.listeners = new Set();
    this.curves = Array.from({ length: many }, () => new Curves());
    this.last = { state: new Map(), moment: new Map() };
    [this.at, this.tries, this.ended] = ["", 0, false];
    this.looked = () => this.seen();
    document.addEventListener("visibilitychange", this.looked);
    this.open();
  }

  join(listener) {
    const late = this.at !== "" || this.ended;
    this.listeners.add(listener);
    // not before `follow` has given its caller the way to close again
    if (late) queueMicrotask(() => this.listeners.has(listener) && this.retell(listener));
    else listener.fresh = true;
  }

  // What was told before this listener came.
  retell(listener) {
    this.curves.forEach((curves, run) => curves.byName.size && listener.points?.({ run, ...curves.whole() }));
    for (const kind of ["state", "moment"]) for (const message of this.last[kind].values()) listener[kind]?.(message);
    listener.fresh = true;
    if (this.ended) listener.end?.();
  }

  leave(listener) {
    this.listeners.delete(listener);
    if (this.listeners.size) return;
    this.shut();
    document.removeEventListener("visibilitychange", this.looked);
    clearTimeout(this.hiding);
    this.forget();
  }

  reopen() {
    if (this.source && this.source.readyState !== EventSource.CLOSED) return;
    this.ended = false;
    this.tries = 0;
    this.open();
  }

  open() {
    this.shut();
    const from = this.at ? `&from=${this.at}` : "";
    const source = (this.source = new EventSource(this.address + from));
    for (const kind of ["points", "state", "moment"]) source.addEventListener(kind, (event) => this.heard(kind, event));
    source.addEventListener("end", () => { this.shut(); this.ended = true; this.tell("end"); });
    source.addEventListener("open", () => (this.tries = 0));
    // A lost connection the browser opens again by itself; after a refusal it gives up.
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED || this.tries >= TRIES.length) return;
      this.again = setTimeout(() => this.open(), TRIES[this.tries++]);
    });
  }

  shut() {
    clearTimeout(this.again);
    this.source?.close();
    this.source = null;
  }

  heard(kind, event) {
    if (event.lastEventId) this.at = event.lastEventId;
    const message = JSON.parse(event.data);
    if (kind === "points") this.curves[message.run].take(message);
    else this.last[kind].set(message.run, message);
    this.tell(kind, message);
  }

  // One listener that fails must not keep the others from hearing.
  tell(kind, message) {
    for (const listener of [...this.listeners])
      if (listener.fresh)
        try { listener[kind]?.(message); } catch (error) { reportError(error); }
  }

  seen() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.shut(), HIDDEN_FOR);
    else if (!this.source && !this.ended) this.open();
  }
}
