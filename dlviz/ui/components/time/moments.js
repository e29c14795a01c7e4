// The moments of a run, oldest first: their steps and epochs, and where they stand along a slider.

const AGAIN = 8000; // milliseconds: the worker thins its past as it grows, so the list is asked for anew now and then

export class Moments {
  constructor(address, changed) {
    [this.address, this.changed] = [address, changed];
    [this.steps, this.epochs] = [[], []];
  }

  get length() { return this.steps.length; }
  get last() { return this.steps.at(-1) ?? 0; }

  async load() {
    clearTimeout(this.later);
    this.later = null;
    try {
      const answer = await fetch(this.address);
      if (!answer.ok || this.closed) return;
      const { moments } = await answer.json();
      this.steps = moments.map((each) => each.step);
      this.epochs = moments.map((each) => each.epoch);
      this.changed();
    } catch { /* the server is away: the stream tells of the next moment */ }
  }

  // A new one, as the stream tells it.
  add({ step, epoch }) {
    if (!this.length || step < this.last) { this.load(); return; }
    if (step > this.last) {
      this.steps.push(step);
      this.epochs.push(epoch);
      this.changed();
    }
    this.later ??= setTimeout(() => this.load(), AGAIN);
  }

  // The step of the newest moment that is not after `step`, else of the first; null where there is none.
  nearest(step) { return this.length ? this.steps[Math.max(this.steps.findLastIndex((each) => each <= step), 0)] : null; }

  indexOf(step) { return Math.max(this.steps.indexOf(step), 0); }

  // Where a stop stands, from 0 to 1: by its step; now is at the right end, a stop's width after the last moment.
  share(index) {
    const many = this.length;
    if (index >= many) return 1;
    const room = many / (many + 1), wide = this.last - this.steps[0];
    return wide ? (room * (this.steps[index] - this.steps[0])) / wide : 0;
  }

  // The stop nearest to `share` of the way.
  stopAt(share) {
    let best = 0;
    for (let index = 1; index <= this.length; index++)
      if (Math.abs(this.share(index) - share) < Math.abs(this.share(best) - share)) best = index;
    return best;
  }

  close() {
    this.closed = true;
    clearTimeout(this.later);
  }
}
