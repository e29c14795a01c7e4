// What curves are called, and in which order they are offered.

// "validation.accuracy" → ["accuracy", "validation"]; "learning rate" → ["learning rate", ""]
export function metricOf(name) {
  const match = /^(step|train|validation|test)\.(.+)$/.exec(name);
  return match ? [match[2], match[1]] : [name, ""];
}

const KNOWN = { r2: "R²", mae: "mean absolute error", rmse: "root mean squared error", mse: "mean squared error", f1: "F1" };

export function spelled(metric) {
  return metric.split(".").map((word) => KNOWN[word.toLowerCase()] ?? word.replaceAll("_", " ")).join(" · ");
}

// The metrics of all runs: loss first, then the others, the learning rate and the speed last.
export function metricsOf(all) {
  const found = new Set();
  for (const curves of all) for (const name of curves.byName.keys()) if (name !== "seconds") found.add(metricOf(name)[0]); // a clock, no curve
  const rank = (metric) => ({ loss: 0, "learning rate": 8, "examples per second": 9 })[metric] ?? (metric.startsWith("loss.") ? 1 : 2);
  return [...found].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}
