// The key below a chart: what each line is and where it stands; each entry shows or hides its lines.

import { groupsOf, idOf, named, own } from "./lines.js";
import { number } from "./words.js";

const PARTS = ["train", "validation", "step"];

export class Key {
  // `turn(id)` shows or hides; `light(id or null)` sets a run apart from the others.
  constructor(place, turn, light) {
    [this.place, this.turn, this.light] = [place, turn, light];
    this.items = new Map();
  }

  // Entries stay where they are as long as they stay the same ones, so that the keyboard's focus does.
  show(entries) {
    for (const [id, item] of this.items) if (!entries.some((entry) => entry.id === id)) { item.remove(); this.items.delete(id); }
    entries.forEach((entry, at) => {
      if (!this.items.has(entry.id)) this.items.set(entry.id, this.made(entry.id));
      const item = this.items.get(entry.id);
      if (this.place.children[at] !== item) this.place.insertBefore(item, this.place.children[at] ?? null);
      const said = JSON.stringify(entry);
      if (item.dataset.said === said) return;
      item.dataset.said = said;
      item.setAttribute("aria-checked", entry.shown);
      item.querySelector("line").setAttribute("stroke", entry.color);
      item.querySelector("line").setAttribute("stroke-dasharray", entry.dashed ? "7 4" : "none");
      item.querySelector("line").setAttribute("stroke-width", entry.thin ? 1.25 : 2.5);
      item.querySelector("span").textContent = entry.text;
      item.querySelector("b").textContent = entry.value;
    });
  }

  made(id) {
    const item = document.createElement("button");
    item.setAttribute("role", "switch");
    item.title = "Show or hide";
    item.innerHTML = '<svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4"/></svg><span></span><b></b>';
    item.onclick = () => this.turn(id);
    if (/^(run|group):/.test(id)) {
      for (const kind of ["pointerenter", "focus"]) item.addEventListener(kind, () => this.light(id));
      for (const kind of ["pointerleave", "blur"]) item.addEventListener(kind, () => this.light(null));
    }
    return item;
  }
}

// What stands in the key. One run: its parts, each with where it stands. Several: the runs and groups, and what solid and
// dashed mean. `valueOf(points)`: the number of a curve now, or at the moment one looks at.
export function entriesOf(view, parts, valueOf) {
  const color = (run) => run.color[view.dark ? 1 : 0], faint = "var(--dlviz-faint)";
  const mine = view.runs.filter(own);
  const points = (at, part) => view.curves[at].byName.get(part ? `${part}.${view.metric}` : view.metric);
  const present = [...PARTS, "test", ""].filter((part) => parts.has(part));
  const shown = (id) => !view.hidden.has(id);
  const newest = (at) => ["validation", "train", "step", "", "test"].map((part) => points(at, part)).find((each) => each?.y.length);
  const entryOf = (run, at) => ({ id: `run:${run.id}`, color: color(run), shown: shown(`run:${run.id}`), text: run.name, value: valueOf(newest(at)) });
  if (mine.length === 1) {
    const listed = present.filter((part) => part !== "step" || !parts.has("train") || view.hidden.has("part:step") || view.hidden.has("part:train"));
    const entries = listed.map((part) => ({ id: `part:${part}`, color: color(mine[0]), dashed: part === "validation", thin: part === "step", shown: shown(`part:${part}`),
      text: named("", part, view.metric), value: valueOf(points(view.runs.indexOf(mine[0]), part)) }));
    view.runs.forEach((run, at) => { if (run.fork && newest(at)) entries.push(entryOf(run, at)); });
    return entries;
  }
  const entries = [];
  for (const group of groupsOf(view))
    entries.push({ id: `group:${group.id}`, color: group.color[view.dark ? 1 : 0], shown: shown(`group:${group.id}`), text: `${group.name} (${group.members.length} runs)`, value: "" });
  view.runs.forEach((run, at) => {
    if (own(run) && !idOf(run, view).startsWith("group:") && newest(at)) entries.push(entryOf(run, at));
  });
  for (const part of present.filter((each) => PARTS.includes(each)))
    entries.push({ id: `part:${part}`, color: faint, dashed: part === "validation", thin: part === "step", shown: shown(`part:${part}`), text: part === "step" ? "train, step by step" : part, value: "" });
  return entries;
}

// The number of a curve at `step`, or its newest where that is null.
export function valueAt(points, step) {
  if (!points) return "";
  const end = step === null ? points.step.length : points.step.findLastIndex((each) => each <= step) + 1;
  for (let i = end - 1; i >= 0; i--) if (points.y[i] !== null) return number(points.y[i]);
  return "";
}
