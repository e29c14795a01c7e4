// A chart that owns its Plotly figure and listens to the live stream. Streamlit calls the default export whenever the
// page has run; a chart that is already there goes on, so zoom, pan and hover survive.

import { Curves } from "../dlviz.shared/curves.js";
import { follow } from "../dlviz.shared/stream.js";
import { tell } from "../dlviz.shared/tell.js";
import { between, xOf } from "./axis.js";
import { Closer } from "./closer.js";
import { tracesOf } from "./crowd.js";
import { Cursor } from "./cursor.js";
import { metricOf, metricsOf, spelled } from "./curves.js";
import { ground, isDark, layoutOf } from "./figure.js";
import { entriesOf, Key, valueAt } from "./key.js";
import { groupsOf, linesOf, own } from "./lines.js";
import { branchesOf, drawn, MarkList, marksOf } from "./marks.js";
import { MetricChoice } from "./metric_choice.js";
import { loaded, prepare } from "./plotly.js";
import { tools } from "./tools.js";
import { Beyond, leftOut, usualRange } from "./usual.js";
import { viewOf } from "./view.js";
import { progress, told } from "./words.js";

const charts = new WeakMap();
const DRAW_EVERY = 250, SPEAK_EVERY = 15000; // milliseconds
const BUSY = 8, SLOWEST = 2000; // a drawing that takes long is made so many times its length apart, at most so far
const ENDED = ["finished", "stopped", "failed", "interrupted"];

export default function (component) {
  const root = component.parentElement.querySelector(".dlviz-live");
  if (component.data.prepare) return prepare(component.data.prepare);
  if (!charts.has(root)) charts.set(root, new Chart(root));
  const chart = charts.get(root);
  chart.show(component);
  return () => { chart.close(); charts.delete(root); };
}

class Chart {
  constructor(root) {
    root.innerHTML = `
      <div class="progress" hidden><p class="text"></p>
        <div class="track" role="progressbar" aria-label="Training progress" aria-valuemin="0" aria-valuemax="100"><div class="done"></div></div></div>
      <div class="tools"></div>
      <div class="plot" tabindex="0" role="img" aria-label="No point yet."><div class="wait"></div></div>
      <div class="below"><div class="key" role="group" aria-label="Lines: show or hide"></div><p class="beyond" hidden></p></div>
      <ol class="happened" aria-label="What happened" hidden></ol><p class="spoken" aria-live="polite"></p>`;
    this.root = root;
    const find = (name) => root.querySelector(name);
    [this.progress, this.plot, this.spoken, this.wait] = [".progress", ".plot", ".spoken", ".wait"].map(find);
    this.choices = { metric: undefined, log: false, axis: "epoch", smoothing: 0, band: "deviation", parents: true, all: false, hidden: new Set(), lit: null };
    this.tools = tools(root, (choice, whole) => this.choose(choice, whole));
    this.tools.reset.onclick = () => this.whole();
    this.choice = new MetricChoice(this.tools.metrics, (metric) => this.choose({ metric }, true));
    this.key = new Key(find(".key"), (id) => this.turn(id), (lit) => this.light(lit));
    this.list = new MarkList(find(".happened"), (step) => this.mark.at(this.marks.find((mark) => mark.step === step)?.x ?? null));
    this.beyond = new Beyond(find(".beyond"), (choice) => this.choose(choice, true));
    this.mark = new Cursor(this.plot, "of-mark");
    this.time = new Cursor(this.plot, "of-time");
    this.closer = new Closer(() => this.plan(true));
    this.plot.addEventListener("keydown", (event) => this.typed(event));
    this.plot.addEventListener("pointerdown", () => (this.held = true));
    this.plot.addEventListener("pointermove", (event) => (this.pointer = [event.clientX, event.clientY]));
    this.plot.addEventListener("pointerleave", () => (this.pointer = null));
    this.release = () => { this.held = false; this.plan(); };
    this.dimmed = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => setTimeout(() => this.drawAll(), 100);
    this.travelled = ({ detail }) => this.travel(detail);
    window.addEventListener("pointerup", this.release);
    window.addEventListener("dlviz:time", this.travelled);
    document.addEventListener("visibilitychange", this.release);
    this.dimmed.addEventListener("change", this.repaint);
    this.held = false;
    this.spokenAt = Date.now();
    this.toldAt = 0;
    this.cost = 0;
  }

  show({ data, setTriggerValue }) {
    this.tell = (name, value) => tell(() => setTriggerValue(name, value));
    this.progress.hidden = !data.progress;
    const names = data.runs.map((run) => run.id).join(",");
    const again = names !== this.names;
    const revived = !again && data.status !== this.pageStatus && !ENDED.includes(data.status);
    const said = JSON.stringify(data), same = !again && this.drawn && said === this.said && this.dark === isDark();
    const runs = data.runs.map((run) => ({ parent: null, from: null, until: null, ...run })); // Streamlit leaves out what is None
    [this.data, this.said] = [{ ...data, runs }, said];
    this.pageStatus = data.status;
    if (again) this.begin(names);
    else if (revived) { this.asked = data.status; this.stop.reopen(); }
    if (same) return; // the page has run, but nothing of it concerns the chart
    loaded(data.plotly).then((plotly) => { this.plotly = plotly; this.drawAll(); }, (error) => { this.wait.textContent = `The chart could not be loaded: ${error.message}. Reload the page.`; });
  }

  begin(names) {
    const { runs, metric, status } = this.data;
    this.names = names;
    this.choices.metric ??= metric;
    this.wait.textContent = !status || ENDED.includes(status) ? "The curves are on their way." : "The first point appears here as soon as the network has taken a few steps.";
    this.curves = runs.map(() => new Curves());
    this.states = runs.map(() => ({}));
    this.asked = status;
    this.drawn = false;
    this.zoomed = null;
    this.closer.forget();
    this.alone = runs.filter(own).length === 1;
    this.step = this.alone ? (window.__dlviz_time?.[runs[0].id] ?? null) : null;
    this.tools.parents.hidden = true;
    this.stop?.();
    // The run of the page is followed with all that shows it; its parents and forks apart, which have mostly ended, and so
    // does their connection: a browser grants few.
    const ids = runs.map((run) => run.id), at = this.alone ? 1 : ids.length;
    const parts = [this.listen(ids.slice(0, at), 0), ...(at < ids.length ? [this.listen(ids.slice(at), at)] : [])];
    this.stop = () => parts.forEach((close) => close());
    this.stop.reopen = () => parts.forEach((close) => close.reopen());
  }

  // Follow the runs `ids`, the first of which is the chart's number `from`.
  listen(ids, from) {
    const numbered = (message) => ({ ...message, run: message.run + from });
    return follow(this.data.stream, ids, { points: (message) => this.take(numbered(message)), state: (message) => this.changed(numbered(message)) });
  }

  take(message) {
    this.curves[message.run].take(message);
    this.plan(true);
  }

  changed(message) {
    const before = this.states[message.run];
    this.states[message.run] = message;
    if (message.run === 0 && this.data.progress) this.showProgress(message);
    if (message.run === 0 && this.data.status && message.status !== this.asked) {
      this.asked = message.status;
      this.speak(true);
      if (ENDED.includes(message.status)) clearTimeout(this.epochTimer); // the row that steers asks for the whole page
    } else if (message.run === 0 && Math.floor(message.epoch ?? 0) !== Math.floor(before.epoch ?? 0)) this.newEpoch(message.epoch);
  }

  // New pictures of the run lie ready after each epoch: ask the page to show them, but not too often.
  newEpoch(epoch) {
    if (!this.data.progress || this.epochTimer) return;
    const wait = Math.max(0, this.toldAt + 1000 * this.data.every - Date.now());
    this.epochTimer = setTimeout(() => { this.epochTimer = null; this.toldAt = Date.now(); this.tell("epoch", this.states[0].epoch ?? epoch); }, wait);
  }

  showProgress(state) {
    const share = state.status === "starting" && state.of ? state.done / state.of : state.steps ? (state.step ?? 0) / state.steps : state.epochs ? (state.epoch ?? 0) / state.epochs : 0;
    const percent = Math.round(100 * Math.min(state.status === "finished" ? 1 : share, 1));
    this.progress.querySelector(".text").textContent = progress(state);
    this.progress.querySelector(".done").style.width = `${percent}%`;
    const track = this.progress.querySelector(".track");
    track.setAttribute("aria-valuenow", percent);
    track.setAttribute("aria-valuetext", progress(state));
  }

  choose(choice, whole) {
    Object.assign(this.choices, choice);
    if (whole) this.whole();
    this.drawAll();
  }

  turn(id) {
    const { hidden } = this.choices;
    if (!hidden.delete(id)) hidden.add(id);
    this.drawAll();
  }

  // Set one run apart from the others, if that is where the hand stays.
  light(id) {
    this.choices.lit = this.data.runs.length > 1 ? id : null;
    clearTimeout(this.lighting);
    if (this.data.runs.length > 1) this.lighting = setTimeout(() => this.drawAll(), 80);
  }

  // Draw at most a few times a second; not while the mouse drags a zoom, not while nobody sees it.
  plan(fresh = false) {
    this.waiting ||= fresh;
    if (this.timer || this.held || document.hidden || !this.waiting) return;
    this.timer = setTimeout(() => { this.timer = null; if (!this.held) this.drawAll(); }, this.drawn ? Math.min(Math.max(DRAW_EVERY, BUSY * this.cost), SLOWEST) : 0);
  }

  drawAll() {
    if (!this.plotly || !this.curves) return;
    if (this.held && this.drawn) { this.waiting = true; return; } // once the mouse lets go
    const { choices } = this, metrics = metricsOf(this.curves);
    this.waiting = false;
    if (!metrics.length) return;
    if (!metrics.includes(choices.metric)) choices.metric = metrics[0];
    const began = performance.now(), first = !this.drawn;
    this.dark = isDark();
    const view = (this.view = viewOf(this));
    this.choice.show(metrics, choices.metric);
    this.tools.axis.querySelector('[value="time"]').disabled = !view.clocks.some(Boolean);
    this.tools.band.hidden = !groupsOf(view).length;
    // offered where a press changes anything: a fork from the first step has nothing of its parent before it
    this.tools.parents.hidden = !linesOf({ ...view, parents: true }).some((line) => line.role === "parent");
    this.wait.remove();
    const marks = this.alone ? marksOf(this.curves[0].marks, this.data.runs) : branchesOf(view);
    this.marks = marks;
    for (const mark of marks) mark.x = view.axis === "epoch" && mark.epoch !== null ? mark.epoch : this.along(mark.step, mark.run);
    this.lines = linesOf(view);
    const end = Math.max(0, ...this.lines.filter((line) => line.role !== "band").map((line) => line.trace.x.at(-1)));
    const range = view.log ? null : usualRange(this.lines), far = range && !view.all ? leftOut(this.lines, range, ground(this.root).faint) : null;
    this.beyond.show(far, Boolean(range && view.all));
    this.working(this.plotly.react(this.plot, [...tracesOf(this.lines, view.runs.length), ...(far?.traces ?? [])], layoutOf(this.root, view, drawn(marks, end, this.plot.clientWidth, ground(this.root).faint), this.lines.length),
      { displayModeBar: false, responsive: true, doubleClick: "reset", scrollZoom: false }));
    if (!this.heard) this.hear();
    this.drawn = true;
    this.root.classList.add("drawn");
    this.list.show(marks);
    this.hoverAgain();
    this.showKey();
    this.speak(false);
    this.cost = first ? 0 : performance.now() - began; // the first one warms up
  }

  // What Plotly tells once there is a figure: the cursors follow it, and who looks closer gets closer points.
  hear() {
    this.heard = true;
    this.plot.on("plotly_afterplot", () => this.placeCursors());
    this.plot.on("plotly_relayout", () => {
      const { autorange, range } = this.plot.layout.xaxis;
      const zoomed = autorange === false && range ? [...range].map(Number) : null;
      if (JSON.stringify(zoomed) === JSON.stringify(this.zoomed)) return;
      this.zoomed = zoomed;
      if (this.curves.some((curves) => [...curves.byName.values()].some((curve) => curve.thinned))) this.plan(true);
    });
  }

  showKey() {
    const parts = new Set(this.curves.flatMap((curves) => [...curves.byName.keys()].map(metricOf)).filter(([metric]) => metric === this.view.metric).map(([, part]) => part));
    if (!this.lines.some((line) => line.part === "step") && !this.choices.hidden.has("part:step")) parts.delete("step"); // none is drawn
    this.key.show(entriesOf(this.view, parts, (points) => valueAt(points, this.step)));
  }

  // Where a step of a run lies along the axis.
  along(step, run = 0) {
    const { view } = this;
    if (view.axis === "step") return step;
    if (view.axis === "time") return view.clocks[run] ? xOf("time", { step: [step] }, view.clocks[run], view.unit)[0] : null;
    const longest = [...this.curves[run].byName.values()].reduce((best, curve) => (curve.step.length > (best?.step.length ?? 0) ? curve : best), null);
    return longest ? between(longest.step, longest.x, [step])[0] : null;
  }

  // Somebody went to another moment of the run.
  travel({ run, step }) {
    if (!this.alone || run !== this.data.runs[0].id || step === this.step) return;
    this.step = step;
    this.moving ??= requestAnimationFrame(() => {
      this.moving = null;
      if (!this.drawn) return;
      this.placeCursors();
      this.showKey();
    });
  }

  placeCursors() {
    if (!this.view) return;
    this.time.at(this.step === null ? null : this.along(this.step));
    this.mark.place();
  }

  speak(now) {
    const spoken = (this.lines ?? []).filter((line) => line.part !== "step" && ["raw", "mean"].includes(line.role));
    const sentences = spoken.slice(0, 6).map((line) => {
      const run = this.view.runs[line.run], name = line.role === "mean" ? `mean of ${run.groupName}` : this.alone && own(run) ? "" : run.name;
      return told([name, line.part, spelled(this.view.metric)].filter(Boolean).join(" "), line.points);
    });
    if (spoken.length > 6) sentences.push(`and ${spoken.length - 6} more lines`);
    const text = sentences.length ? `${sentences.join("; ")}.` : "";
    this.plot.setAttribute("aria-label", text || "No point yet.");
    if (!now && Date.now() - this.spokenAt < SPEAK_EVERY) return;
    this.spokenAt = Date.now();
    const state = this.data.progress && this.states[0].status ? `${progress(this.states[0])}. ` : "";
    this.spoken.textContent = state + text;
  }

  whole() { if (this.drawn) this.working(this.plotly.relayout(this.plot, { "xaxis.autorange": true, "yaxis.autorange": true })); }

  // + and - zoom, the arrows move, 0 shows everything.
  typed(event) {
    if (!this.drawn) return;
    const [low, high] = this.plot._fullLayout.xaxis.range, middle = (low + high) / 2, half = (high - low) / 2;
    const moves = { "+": [middle - half * 0.7, middle + half * 0.7], "=": [middle - half * 0.7, middle + half * 0.7], "-": [middle - half / 0.7, middle + half / 0.7],
      ArrowLeft: [low - half * 0.3, high - half * 0.3], ArrowRight: [low + half * 0.3, high + half * 0.3] };
    if (event.key === "0") this.whole();
    else if (moves[event.key]) this.working(this.plotly.relayout(this.plot, { "xaxis.range": moves[event.key] }));
    else return;
    event.preventDefault();
  }

  // Drawing anew takes the hover label away; put the mouse back where it is.
  hoverAgain() {
    if (!this.pointer) return;
    const [clientX, clientY] = this.pointer;
    this.plot.querySelector(".nsewdrag")?.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
  }

  // Plotly draws in several turns, and breaks where its chart is taken away between two of them: what it is at now.
  working(promise) {
    promise.catch((error) => console.error(error));
    this.work = Promise.allSettled([this.work, promise]);
  }

  close() {
    this.stop?.();
    this.closer.close();
    clearTimeout(this.timer);
    clearTimeout(this.epochTimer);
    clearTimeout(this.lighting);
    window.removeEventListener("pointerup", this.release);
    window.removeEventListener("dlviz:time", this.travelled);
    document.removeEventListener("visibilitychange", this.release);
    this.dimmed.removeEventListener("change", this.repaint);
    if (this.drawn) Promise.allSettled([this.work]).then(() => this.plotly.purge(this.plot));
  }
}
