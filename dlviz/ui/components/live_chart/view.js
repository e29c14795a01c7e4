// What a chart shows just now: its runs and their curves, and what the hand has chosen.

import { clockOf, unitOf, xOf } from "./axis.js";
import { own } from "./lines.js";

const DETAIL = 2000; // points of a stretch that one looks at closer

export function viewOf(chart) {
  const { runs } = chart.data, { curves, states, choices, dark, closer, zoomed } = chart;
  const clocks = runs.map((run, at) => clockOf(curves[at], states[at], run.from));
  const many = new Map();
  for (const run of runs) if (run.group && own(run)) many.set(run.group, (many.get(run.group) ?? 0) + 1);
  const grouped = new Set([...many].filter(([, count]) => count > 1).map(([group]) => group));
  const view = { runs, curves, clocks, unit: unitOf(clocks), grouped, dark, closer, ...choices };
  // The points of a curve in the stretch that one has zoomed to, where those that were sent are but some of them.
  view.closerOf = (at, curve, columns) => {
    const how = zoomed && columns.thinned ? windowOf(view, at, columns, zoomed) : null;
    if (!how) return undefined;
    closer.ask(runs[at].id, curve, how, how.to === undefined ? columns.step.length : 0);
    return closer.of(runs[at].id, curve, how);
  };
  return view;
}

// The steps between which a curve crosses the window; without an end where it goes on beyond it.
function windowOf(view, at, columns, [low, high]) {
  const x = xOf(view.axis, columns, view.clocks[at], view.unit);
  const first = x.findIndex((each) => each >= low), last = x.findLastIndex((each) => each <= high);
  if (first < 0 || last < 0) return null;
  const how = { from: columns.step[Math.max(first - 1, 0)], most: DETAIL };
  if (last < x.length - 1) how.to = columns.step[last + 1];
  return how;
}
