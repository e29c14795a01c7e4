// The lines of a chart: raw, smoothed, pale ancestors of a fork, groups of runs as mean and band.

import { between, xOf } from "./axis.js";
import { banded } from "./bands.js";
import { spliced } from "./closer.js";
import { CROWD } from "./crowd.js";
import { metricOf, spelled } from "./curves.js";
import { smoothed } from "./smooth.js";

const DIM = 0.15; // opacity beside the run that is set apart
const LAYERS = ["band", "step", "", "train", "validation"];

// What a line is called: its part of the data and, among several runs, its run.
export function named(name, part, metric) {
  const what = { step: "train, step by step" }[part] ?? (part || spelled(metric));
  return name ? `${name} · ${what}` : what;
}

// All lines as {run, curve, part, role, id, points, trace}; `run` is a number, `id` what the key calls it.
export function linesOf(view) {
  const lines = [];
  view.runs.forEach((run, at) => {
    if (run.ancestor && !view.parents) return;
    for (const [curve, columns] of view.curves[at].byName) {
      const [measured, part] = metricOf(curve);
      if (part === "step" && quiet(view, run, at)) continue;
      if (measured !== view.metric || !columns.step.length || view.hidden.has(`part:${part}`) || view.hidden.has(idOf(run, view))) continue;
      lines.push(...linesOfRun(view, run, at, curve, part, columns));
    }
  });
  for (const group of groupsOf(view)) if (!view.hidden.has(`group:${group.id}`)) lines.push(...linesOfGroup(view, group));
  return lines.sort((a, b) => layer(a, view.lit) - layer(b, view.lit));
}

const layer = (line, lit) => (line.id === lit ? 20 : 0) + (line.role === "band" ? 0 : LAYERS.indexOf(line.part) + (line.role === "mean" ? 5 : line.role === "smooth" ? 0.5 : 0));

// What the key calls a run: itself, or the group whose mean is drawn.
export const idOf = (run, view) => (view.grouped.has(run.group) ? `group:${run.group}` : `run:${run.id}`);

// Of runs that stand in the second row or in a crowd, single steps are drawn only as long as no epoch has ended.
const quiet = (view, run, at) => (run.fork || view.grouped.has(run.group) || view.runs.length > CROWD) && view.curves[at].byName.has(`train.${view.metric}`);

export const own = (run) => !run.ancestor && !run.fork;

function linesOfRun(view, run, at, curve, part, columns) {
  const member = view.grouped.has(run.group), dimmed = view.lit && view.lit !== idOf(run, view) ? DIM : 1;
  let points = spliced(columns, view.closerOf(at, curve, columns));
  if (run.ancestor) points = until(points, run.until);
  points = joined(view, run, curve, points);
  if (!points.step.length) return [];
  const pale = run.ancestor ? 0.35 : member ? 0.3 : part === "step" ? 0.4 : run.fork ? 0.8 : 1;
  const raw = { run: at, curve, part, role: run.ancestor ? "parent" : member ? "member" : "raw", id: idOf(run, view), points };
  const weight = run.ancestor || member ? 0 : view.smoothing;
  raw.trace = trace(view, at, part, points, { y: points.y, width: part === "step" || member || weight ? 1 : run.fork ? 1.75 : view.lit === raw.id ? 3.25 : 2.25, opacity: (weight ? Math.min(pale, 0.3) : pale) * dimmed });
  if (!weight) return [raw];
  raw.trace.hoverinfo = "skip";
  delete raw.trace.hovertemplate;
  const far = view.closer.of(run.id, curve, { smooth: weight, most: 4000 });
  const smooth = columns.thinned && far ? far : { step: points.step, x: points.x, y: smoothed(points.y, weight) };
  if (columns.thinned) view.closer.ask(run.id, curve, { smooth: weight, most: 4000 }, columns.step.length);
  return [raw, { ...raw, role: "smooth", trace: trace(view, at, part, smooth, { y: smooth.y, width: part === "step" ? 1.75 : 2.5, opacity: dimmed }) }];
}

// The columns are copies: Plotly tells new ones from old ones by what they are, not by what stands in them.
function trace(view, at, part, points, { y, width, opacity }) {
  const run = view.runs[at], many = view.runs.filter(own).length > 1 || !own(run);
  return {
    type: "scatter", mode: points.step.length < 2 ? "lines+markers" : "lines", x: xOf(view.axis, points, view.clocks[at], view.unit).slice(), y: y.slice(),
    customdata: points.step.slice(), name: named(many ? run.name : "", part, view.metric), opacity,
    line: { color: run.color[view.dark ? 1 : 0], width, dash: part === "validation" ? "8px,4px" : "solid" },
    marker: { size: 7 }, connectgaps: false, hovertemplate: "%{y:.4~g}<extra>%{fullData.name}</extra>",
  };
}

function until(points, step) {
  const end = step === null ? -1 : points.step.findIndex((each) => each > step);
  if (end < 0) return points;
  return { step: points.step.slice(0, end), x: points.x.slice(0, end), y: points.y.slice(0, end), thinned: points.thinned };
}

// A fork's curve begins where it left its parent's.
function joined(view, run, curve, points) {
  const parent = run.from === null || run.parent === null ? null : view.curves[run.parent].byName.get(curve);
  if (!parent || view.hidden.has(`run:${view.runs[run.parent].id}`) || (view.runs[run.parent].ancestor && !view.parents)) return points;
  const at = parent.step.findLastIndex((step) => step <= run.from);
  if (at < 0 || points.step[0] <= parent.step[at]) return points;
  const first = (column) => [parent[column][at], ...points[column]];
  return { step: first("step"), x: first("x"), y: first("y"), thinned: points.thinned };
}

// Groups of which at least two runs are shown.
export function groupsOf(view) {
  const groups = new Map();
  view.runs.forEach((run, at) => {
    if (!run.group || !own(run)) return;
    if (!groups.has(run.group)) groups.set(run.group, { id: run.group, name: run.groupName, color: run.color, members: [] });
    groups.get(run.group).members.push(at);
  });
  return [...groups.values()].filter((group) => group.members.length > 1);
}

function linesOfGroup(view, group) {
  const lines = [], dimmed = view.lit && view.lit !== `group:${group.id}` ? DIM : 1;
  const names = new Set(group.members.flatMap((at) => [...view.curves[at].byName.keys()]));
  for (const curve of names) {
    const [measured, part] = metricOf(curve);
    if (measured !== view.metric || view.hidden.has(`part:${part}`)) continue;
    if (part === "step" && group.members.some((at) => quiet(view, view.runs[at], at))) continue;
    const members = group.members.filter((at) => view.curves[at].byName.get(curve)?.step.length);
    if (members.length < 2) continue;
    const all = members.map((at) => averaged(view, at, curve));
    if (view.smoothing) all.forEach((points, n) => (all[n] = { ...points, y: smoothed(points.y, view.smoothing) }));
    const { step, mean, low, high, many } = banded(all, view.band);
    if (!step.length) continue;
    const columns = members.map((at, n) => xOf(view.axis, { step, x: between(all[n].step, all[n].x, step) }, view.clocks[at], view.unit));
    const x = step.map((_, i) => columns.reduce((sum, column) => sum + column[i], 0) / columns.length);
    const color = group.color[view.dark ? 1 : 0], least = Math.min(...mean.filter((value) => value > 0)) / 10;
    const floor = view.log ? low.map((value) => Math.max(value, least)) : low; // a logarithm knows no 0
    const shared = { curve, part, id: `group:${group.id}`, run: members[0], points: { step, x, y: mean } };
    lines.push({ ...shared, role: "band", trace: { type: "scatter", mode: "lines", x: [...x, ...x.slice().reverse()], y: [...high, ...floor.slice().reverse()],
      fill: "toself", fillcolor: `${color}${part === "step" ? "1A" : "2E"}`, line: { width: 0, color }, hoverinfo: "skip", opacity: dimmed, name: `${group.name} · band` } });
    lines.push({ ...shared, role: "mean", trace: { type: "scatter", mode: "lines", x, y: mean, customdata: many.map((n, i) => [n, (high[i] - low[i]) / 2]), opacity: dimmed,
      name: named(group.name, part, view.metric), line: { color, width: part === "step" ? 1.75 : 2.75, dash: part === "validation" ? "8px,4px" : "solid" },
      hovertemplate: `%{y:.4~g} ± %{customdata[1]:.2~g} (mean of %{customdata[0]})<extra>%{fullData.name}</extra>` } });
  }
  return lines;
}

// The points of a run as its group's mean takes them: where a curve is thinned to its extremes, means over all points.
function averaged(view, at, curve) {
  const columns = view.curves[at].byName.get(curve);
  if (!columns.thinned) return columns;
  const how = { how: "mean", most: 400 };
  view.closer.ask(view.runs[at].id, curve, how, columns.step.length);
  return view.closer.of(view.runs[at].id, curve, how) ?? columns;
}
