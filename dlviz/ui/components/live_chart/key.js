// The key below a chart: what each line is, and where it stands now.

import { named } from "./figure.js";
import { number } from "./words.js";

// `traces` as `tracesOf` makes them. Several runs: a line each, and once what solid and dashed mean.
export function showKey(place, runs, curves, traces, metric, dark) {
  const color = (run) => runs[run].color[dark ? 1 : 0];
  const curve = (run, name) => curves[run].byName.get(name);
  if (runs.length > 1) {
    const newest = runs.map((run, at) => [at, ["validation.", "train.", "step.", ""].map((part) => curve(at, part + metric)).find(Boolean)]);
    const parts = new Set(traces.map((each) => each.part));
    const faint = "var(--dlviz-faint)";
    place.replaceChildren(
      ...newest.filter(([, found]) => found).map(([at, found]) => item(color(at), false, runs[at].name, found)),
      ...(parts.has("train") ? [item(faint, false, "train")] : []), ...(parts.has("validation") ? [item(faint, true, "validation")] : []));
    return;
  }
  const shown = traces.filter((each) => each.part !== "step" || !curve(each.run, `train.${metric}`));
  place.replaceChildren(...shown.map((each) => item(color(each.run), each.part === "validation", named(runs, each.run, each.part, metric), curve(each.run, each.curve))));
}

function item(color, dashed, text, curve) {
  const span = document.createElement("span");
  span.innerHTML = `<svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" stroke="${color}" stroke-width="2.5" ${dashed ? 'stroke-dasharray="7 4"' : ""}/></svg>`;
  const value = document.createElement("b");
  value.textContent = curve ? number(curve.y.findLast((each) => each !== null)) : "";
  span.append(text, value);
  return span;
}
