// Weights and biases of a frame, with what a hand has just changed until the run has answered.

const HELD = 3000; // milliseconds that a change of one's own stands against an older frame

export class Weights {
  constructor() {
    this.frame = null;
    this.changed = new Map();
  }

  take(frame) { this.frame = frame; }

  /** {data, shape} of a node's parameter; undefined where it is not among those drawn. */
  array(path, name) { return this.frame?.arrays.get(`${path}.${name}`); }

  /** A number at `index` ([out, in] or [unit]); undefined where it is not known. */
  at(path, name, index) {
    const own = this.changed.get(`${path}.${name}.${index}`);
    if (own && performance.now() < own.until) return own.value;
    const array = this.array(path, name);
    return array?.data[index.reduce((at, each, dimension) => at * array.shape[dimension] + each, 0)];
  }

  /** Show a change at once. */
  set(path, name, index, value, stays = false) {
    this.changed.set(`${path}.${name}.${index}`, { value, until: stays ? Infinity : performance.now() + HELD });
  }

  /** Show again what the frame says. */
  forget(path, name, index) { this.changed.delete(`${path}.${name}.${index}`); }

  /** The largest size of a node's weights. */
  largest(path) {
    const array = this.array(path, "weight");
    if (!array) return 0;
    let most = 0;
    for (const each of array.data) most = Math.max(most, Math.abs(each));
    return most;
  }
}
