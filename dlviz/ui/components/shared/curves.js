// The points of one run, by curve name ("train.loss"), as the stream tells them. Long curves are kept thinned.

const MOST = 8000; // a longer curve is thinned to half of this

export class Curves {
  constructor() {
    this.byName = new Map();
    this.marks = [];
  }

  // Take a message of the stream. Returns what must be drawn: "all", or the new points by curve name.
  take({ trim, curves, marks }) {
    let all = false;
    if (trim !== null) {
      all = true;
      for (const curve of this.byName.values()) {
        const keep = curve.step.findIndex((step) => step > trim);
        if (keep >= 0) for (const column of ["step", "x", "y"]) curve[column].length = keep;
      }
      this.marks = this.marks.filter(([step]) => step <= trim);
    }
    if (marks.length) all = true;
    this.marks.push(...marks);
    for (const [name, fresh] of Object.entries(curves)) {
      if (!this.byName.has(name)) {
        this.byName.set(name, { step: [], x: [], y: [] });
        all = true;
      }
      const curve = this.byName.get(name);
      for (const column of ["step", "x", "y"]) for (const value of fresh[column]) curve[column].push(value);
      if (curve.y.length > MOST) {
        thin(curve);
        all = true;
      }
    }
    return all ? "all" : curves;
  }

  // All of it as one message, for whoever has heard nothing yet.
  whole() {
    const copy = ([name, { step, x, y }]) => [name, { step: step.slice(), x: x.slice(), y: y.slice() }];
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
  for (const column of ["step", "x", "y"]) curve[column] = at.map((i) => curve[column][i]);
}
