// What the server tells of a curve beyond the points that were sent: a stretch of it in full, or the whole smoothed or
// averaged over all its points.

const ADDRESS = "/dlviz/curves/"; // as dlviz/ui/detail.py serves it
const AGAIN = 3000; // milliseconds between two questions about a curve that grows
const TOGETHER = 4;

export class Closer {
  // `changed` is called when an answer has come.
  constructor(changed) {
    this.changed = changed;
    this.forget();
  }

  // Everything that was asked for is of no use any more.
  forget() {
    this.found = new Map();
    this.queue = [];
    this.busy ??= 0;
    this.turn = {};
  }

  // A stretch that lies ready, by run and curve; undefined while it is asked for.
  of(run, curve, how) { return this.found.get(key(run, curve, how))?.points; }

  // Ask for a stretch, unless it has just been told. `length`: of the curve as it stands, so that it is asked for anew once it has grown.
  ask(run, curve, how, length) {
    const name = key(run, curve, how), known = this.found.get(name);
    if (known && (known.length === length || Date.now() - known.asked < AGAIN)) return;
    this.found.set(name, { points: known?.points, length, asked: Date.now() });
    this.queue.push({ name, turn: this.turn, address: `${ADDRESS}${run}?${new URLSearchParams({ curve, ...how })}` });
    this.next();
  }

  async next() {
    if (this.busy >= TOGETHER || !this.queue.length) return;
    const { name, turn, address } = this.queue.shift();
    this.busy++;
    try {
      const answer = await fetch(address);
      if (answer.ok && turn === this.turn && !this.closed) {
        this.found.get(name).points = await answer.json();
        this.changed();
      }
    } catch { /* the server is away: the thinned curve stays */ } finally {
      this.busy--;
      this.next();
    }
  }

  close() {
    this.closed = true;
    this.queue = [];
  }
}

const key = (run, curve, how) => `${run}|${curve}|${JSON.stringify(how)}`;

// `curve` with the points of `stretch` in place of its own there.
export function spliced(curve, stretch) {
  if (!stretch?.step.length) return curve;
  const low = curve.step.findIndex((step) => step >= stretch.step[0]), last = stretch.step.at(-1);
  const before = low < 0 ? curve.step.length : low, after = curve.step.findIndex((step) => step > last);
  const joined = (column) => [...curve[column].slice(0, before), ...stretch[column], ...(after < 0 ? [] : curve[column].slice(after))];
  return { step: joined("step"), x: joined("x"), y: joined("y"), thinned: curve.thinned };
}
