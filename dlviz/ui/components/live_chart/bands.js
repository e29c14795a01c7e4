// Several runs of one experiment as their mean with a band.

const MOST = 3000; // steps of all runs together; more are met at evenly spaced ones
const GRID = 600;

// `members`: columns {step, y} each. At each step the mean of those that have got there, and the band around it:
// "deviation", the standard deviation of the sample, or "range", from the least to the greatest.
export function banded(members, band) {
  const lines = members.map(({ step, y }) => {
    const finite = step.map((_, i) => i).filter((i) => y[i] !== null);
    return { step: finite.map((i) => step[i]), y: finite.map((i) => y[i]) };
  }).filter((line) => line.step.length);
  const result = { step: [], mean: [], low: [], high: [], many: [] };
  if (lines.length < 2) return result;
  const steps = grid(lines), at = lines.map(() => 0);
  for (const step of steps) {
    const values = [];
    lines.forEach((line, n) => {
      if (step < line.step[0] || step > line.step.at(-1)) return;
      while (line.step[at[n] + 1] <= step) at[n]++;
      const i = at[n], wide = line.step[i + 1] - line.step[i];
      values.push(wide > 0 ? line.y[i] + ((line.y[i + 1] - line.y[i]) * (step - line.step[i])) / wide : line.y[i]);
    });
    if (values.length < 2) continue;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
    const [low, high] = band === "range" ? [Math.min(...values), Math.max(...values)] : [mean - spread, mean + spread];
    for (const [name, value] of Object.entries({ step, mean, low, high, many: values.length })) result[name].push(value);
  }
  return result;
}

function grid(lines) {
  const all = [...new Set(lines.flatMap((line) => line.step))].sort((a, b) => a - b);
  if (all.length <= MOST) return all;
  const first = all[0], wide = all.at(-1) - first;
  return Array.from({ length: GRID }, (_, i) => first + (wide * i) / (GRID - 1));
}
