// The points of one run, by curve name ("train.loss"), as the stream tells them. Long curves are kept thinned.

const MOST = 4800; // a longer curve is thinned to half of this
const COLUMNS = ["step", "x", "y"]; // x: epochs

export class Curves {
  constructor() {
    this.byName = new Map();
    this.marks = []; // [step, epoch, words, kind]
  }

  // Take a message of the stream.
  take({ trim, curves, marks }) {
    if (trim !== null) {
      for (const curve of this.byName.values()) {
        const keep = curve.step.findIndex((step) => step > trim);
        if (keep >= 0) for (const column of COLUMNS) curve[column].length = keep;
      }
      this.marks = this.marks.filter(([step]) => step <= trim);
    }
    this.marks.push(...marks);
    for (const [name, fresh] of Object.entries(curves)) {
      if (!this.byName.has(name)) this.byName.set(name, { step: [], x: [], y: [], thinned: false });
      const curve = this.byName.get(name);
      for (const column of COLUMNS) for (const value of fresh[column]) curve[column].push(value);
      curve.thinned ||= Boolean(fresh.thinned);
      if (curve.y.length > MOST) thin(curve);
    }
  }

  // All of it as one message, for whoever has heard nothing yet.
  whole() {
    const copy = ([name, { step, x, y, thinned }]) => [name, { step: step.slice(), x: x.slice(), y: y.slice(), thinned }];
    return { trim: -1, curves: Object.fromEntries([...this.byName].map(copy)), marks: this.marks.slice() };
  }
}

// Of each stretch of a curve, keep the lowest and the highest point.
function thin(curve) {
  const stretch = Math.ceil(curve.y.length / (MOST / 4));
  const kept = new Set([0, curve.y.length - 1]);
  for (let start = 0; start < curve.y.length; start += stretch) {
    let low = start, high = start;
    for (let i = start; i < Math.min(start + stretch, curve.y.length); i++) {
      if (curve.y[i] < curve.y[low]) low = i;
      if (curve.y[i] > curve.y[high]) high = i;
    }
    kept.add(low).add(high);
  }
  const at = [...kept].sort((a, b) => a - b);
  for (const column of COLUMNS) curve[column] = at.map((i) => curve[column][i]);
  curve.thinned = true;
}
