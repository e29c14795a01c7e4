// What the x-axis is measured in: epochs, steps, or the time that the training took.

export const AXES = { epoch: "by epoch", step: "by step", time: "by time" };

// The values of `ys` at `at`, both along rising `xs`; outside, the first and last slope go on.
export function between(xs, ys, at) {
  let i = 1;
  return at.map((x) => {
    if (xs.length < 2) return ys[0];
    if (i > 1 && xs[i - 1] > x) i = 1;
    while (i < xs.length - 1 && xs[i] < x) i++;
    const wide = xs[i] - xs[i - 1];
    return wide ? ys[i - 1] + ((ys[i] - ys[i - 1]) * (x - xs[i - 1])) / wide : ys[i];
  });
}

// Seconds of training by step, as far as they are known: after each epoch, and now.
export function clockOf(curves, state, from) {
  const known = curves.byName.get("seconds");
  const clock = { step: [], y: [] };
  const add = (step, seconds) => {
    if (!Number.isFinite(step) || !Number.isFinite(seconds) || step <= (clock.step.at(-1) ?? -1)) return;
    clock.step.push(step);
    clock.y.push(Math.max(seconds, clock.y.at(-1) ?? 0));
  };
  if (!from) add(0, 0);
  known?.step.forEach((step, i) => add(step, known.y[i]));
  add(state.step, state.seconds);
  return clock.step.length > 1 ? clock : null;
}

const UNITS = [[7200, 3600, "hours"], [300, 60, "minutes"], [0, 1, "seconds"]];

// A unit in which the longest of these clocks reads well: how many seconds it has, and its name.
export function unitOf(clocks) {
  const longest = Math.max(0, ...clocks.filter(Boolean).map((clock) => clock.y.at(-1)));
  const [, seconds, name] = UNITS.find(([from]) => longest >= from);
  return { seconds, name };
}

// Where `points` (columns step, x) lie along the axis.
export function xOf(axis, points, clock, unit) {
  if (axis === "step") return points.step;
  if (axis === "time") return clock ? between(clock.step, clock.y, points.step).map((seconds) => seconds / unit.seconds) : points.step.map(() => null);
  return points.x;
}
