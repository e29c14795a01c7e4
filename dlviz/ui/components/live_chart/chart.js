// A chart that owns its Plotly figure and listens to the live stream. Streamlit calls the default export whenever the
// page has run; a chart that is already there goes on, so zoom, pan and hover survive.

import { Curves } from "../dlviz.shared/curves.js";
import { follow } from "../dlviz.shared/stream.js";
import { metricsOf, spelled } from "./curves.js";
import { isDark, layoutOf, tracesOf } from "./figure.js";
import { showKey } from "./key.js";
import { MetricChoice } from "./metric_choice.js";
import { loaded, prepare } from "./plotly.js";
import { progress, told } from "./words.js";

const charts = new WeakMap();
const DRAW_EVERY = 250, TELL_PAGE_EVERY = 2000, SPEAK_EVERY = 15000; // milliseconds
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
      <div class="tools"><span class="metrics" role="group" aria-label="What to draw" style="display:contents"></span><span class="gap"></span>
        <button class="log" aria-pressed="false" title="Equal factors take equal space: shows small losses apart">Log scale</button>
        <button class="reset" title="Show everything again (key 0)">Whole curve</button></div>
      <div class="plot" tabindex="0" role="img"><div class="wait">The first point appears here as soon as the network has taken a few steps.</div></div>
      <div class="key" aria-hidden="true"></div><p class="spoken" aria-live="polite"></p>`;
    this.root = root;
    const find = (name) => root.querySelector(name);
    [this.progress, this.plot, this.key, this.spoken] = [".progress", ".plot", ".key", ".spoken"].map(find);
    [this.logButton, this.wait] = [".log", ".wait"].map(find);
    this.choice = new MetricChoice(find(".metrics"), (metric) => { this.metric = metric; this.whole(); this.drawAll(); });
    this.logButton.onclick = () => { this.log = !this.log; this.logButton.setAttribute("aria-pressed", this.log); this.whole(); this.drawAll(); };
    find(".reset").onclick = () => this.whole();
    this.plot.addEventListener("keydown", (event) => this.typed(event));
    this.plot.addEventListener("pointerdown", () => (this.held = true));
    this.plot.addEventListener("pointermove", (event) => (this.pointer = [event.clientX, event.clientY]));
    this.plot.addEventListener("pointerleave", () => (this.pointer = null));
    this.release = () => { this.held = false; this.plan(); };
    this.dimmed = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => setTimeout(() => this.drawAll(), 100);
    window.addEventListener("pointerup", this.release);
    document.addEventListener("visibilitychange", this.release);
    this.dimmed.addEventListener("change", this.repaint);
    this.log = false;
    this.held = false;
    this.spokenAt = Date.now();
    this.toldAt = 0;
  }

  show({ data, setTriggerValue }) {
    this.tell = setTriggerValue;
    this.progress.hidden = !data.progress;
    const names = data.runs.map((run) => run.id).join(",");
    const again = names !== this.names;
    const revived = !again && data.status !== this.pageStatus && !ENDED.includes(data.status);
    const same = !again && this.drawn && JSON.stringify(data) === JSON.stringify(this.data) && this.dark === isDark();
    this.data = data;
    this.pageStatus = data.status;
    if (again) {
      this.names = names;
      this.metric = this.metric ?? data.metric;
      this.curves = data.runs.map(() => new Curves());
      this.states = data.runs.map(() => ({}));
      this.asked = data.status;
      this.drawn = false;
    }
    if (revived) this.asked = data.status;
    if (again) this.listen();
    else if (revived) this.stop.reopen();
    if (same) return; // the page has run, but nothing of it concerns the chart
    loaded(data.plotly).then((plotly) => { this.plotly = plotly; this.drawAll(); }, (error) => { this.wait.textContent = `The chart could not be loaded: ${error.message}. Reload the page.`; });
  }

  listen() {
    this.stop?.();
    this.stop = follow(this.data.stream, this.data.runs.map((run) => run.id), {
      points: (message) => this.take(message), state: (message) => this.changed(message) });
  }

  take(message) {
    const fresh = this.curves[message.run].take(message);
    this.waiting ??= [];
    this.waiting.push([message.run, fresh]);
    this.plan();
  }

  changed(message) {
    const before = this.states[message.run];
    this.states[message.run] = message;
    if (message.run === 0 && this.data.progress) this.showProgress(message);
    if (message.run === 0 && this.data.status && message.status !== this.asked) {
      this.asked = message.status;
      this.tell("status", message.status);
      this.speak(true);
    } else if (Math.floor(message.epoch ?? 0) !== Math.floor(before.epoch ?? 0)) this.newEpoch(message.epoch);
  }

  // New pictures of the run lie ready after each epoch: ask the page to show them, but not too often.
  newEpoch(epoch) {
    if (!this.data.progress || this.epochTimer) return;
    const wait = Math.max(0, this.toldAt + TELL_PAGE_EVERY - Date.now());
    this.epochTimer = setTimeout(() => { this.epochTimer = null; this.toldAt = Date.now(); this.tell("epoch", this.states[0].epoch ?? epoch); }, wait);
  }

  showProgress(state) {
    const share = state.steps ? (state.step ?? 0) / state.steps : state.epochs ? (state.epoch ?? 0) / state.epochs : 0;
    const percent = Math.round(100 * Math.min(state.status === "finished" ? 1 : share, 1));
    this.progress.querySelector(".text").textContent = progress(state);
    this.progress.querySelector(".done").style.width = `${percent}%`;
    const track = this.progress.querySelector(".track");
    track.setAttribute("aria-valuenow", percent);
    track.setAttribute("aria-valuetext", progress(state));
  }

  // Draw at most a few times a second; not while the mouse drags a zoom, not while nobody sees it.
  plan() {
    if (this.timer || this.held || document.hidden || !this.waiting) return;
    this.timer = setTimeout(() => { this.timer = null; this.drawNew(); }, this.drawn ? DRAW_EVERY : 0);
  }

  drawNew() {
    if (!this.plotly || !this.waiting || this.held) return;
    const waiting = this.waiting;
    this.waiting = null;
    // a single point is drawn as a dot; with a second one it becomes a line
    const dots = this.drawn && this.traces.some((each) => each.trace.mode !== "lines" && this.curves[each.run].byName.get(each.curve).y.length > 1);
    if (!this.drawn || dots || waiting.some(([, fresh]) => fresh === "all")) { this.drawAll(); return; }
    const fresh = new Map();
    for (const [run, curves] of waiting)
      for (const [name, points] of Object.entries(curves)) {
        const trace = this.traces.findIndex((each) => each.run === run && each.curve === name);
        if (trace < 0) continue;
        const into = fresh.get(trace) ?? fresh.set(trace, { x: [], y: [], customdata: [] }).get(trace);
        into.x.push(...points.x); into.y.push(...points.y); into.customdata.push(...points.step);
      }
    const at = [...fresh.keys()];
    if (at.length) {
      const columns = { x: [], y: [], customdata: [] };
      for (const trace of at) for (const column of Object.keys(columns)) columns[column].push(fresh.get(trace)[column]);
      this.plotly.extendTraces(this.plot, columns, at);
      this.hoverAgain();
    }
    this.showKey();
    this.speak(false);
  }

  drawAll() {
    if (!this.plotly || !this.curves) return;
    if (this.held && this.drawn) { (this.waiting ??= []).push([0, "all"]); return; } // once the mouse lets go
    const metrics = metricsOf(this.curves);
    this.waiting = null;
    if (!metrics.length) return;
    if (!metrics.includes(this.metric)) this.metric = metrics[0];
    this.choice.show(metrics, this.metric);
    this.wait.remove();
    const dark = (this.dark = isDark()), marks = this.curves.length === 1 ? this.curves[0].marks : [];
    this.traces = tracesOf(this.data.runs, this.curves, this.metric, dark);
    this.plotly.react(this.plot, this.traces.map((each) => each.trace), layoutOf(this.root, this.metric, this.log, marks, dark),
      { displayModeBar: false, responsive: true, doubleClick: "reset", scrollZoom: false });
    this.drawn = true;
    this.root.classList.add("drawn");
    this.hoverAgain();
    this.showKey();
    this.speak(false);
  }

  showKey() { showKey(this.key, this.data.runs, this.curves, this.traces, this.metric, isDark()); }

  speak(now) {
    const sentences = (this.traces ?? []).filter((each) => each.part !== "step").slice(0, 6).map(({ run, curve, part }) =>
      told([this.data.runs.length > 1 ? this.data.runs[run].name : "", part, spelled(this.metric)].filter(Boolean).join(" "), this.curves[run].byName.get(curve)));
    const text = sentences.length ? `${sentences.join("; ")}.` : "";
    this.plot.setAttribute("aria-label", text || "No point yet.");
    if (!now && Date.now() - this.spokenAt < SPEAK_EVERY) return;
    this.spokenAt = Date.now();
    const state = this.data.progress && this.states[0].status ? `${progress(this.states[0])}. ` : "";
    this.spoken.textContent = state + text;
  }

  whole() { if (this.drawn) this.plotly.relayout(this.plot, { "xaxis.autorange": true, "yaxis.autorange": true }); }

  // + and - zoom, the arrows move, 0 shows everything.
  typed(event) {
    if (!this.drawn) return;
    const [low, high] = this.plot._fullLayout.xaxis.range, middle = (low + high) / 2, half = (high - low) / 2;
    const moves = { "+": [middle - half * 0.7, middle + half * 0.7], "=": [middle - half * 0.7, middle + half * 0.7], "-": [middle - half / 0.7, middle + half / 0.7],
      ArrowLeft: [low - half * 0.3, high - half * 0.3], ArrowRight: [low + half * 0.3, high + half * 0.3] };
    if (event.key === "0") this.whole();
    else if (moves[event.key]) this.plotly.relayout(this.plot, { "xaxis.range": moves[event.key] });
    else return;
    event.preventDefault();
  }

  // Drawing anew takes the hover label away; put the mouse back where it is.
  hoverAgain() {
    if (!this.pointer) return;
    const [clientX, clientY] = this.pointer;
    this.plot.querySelector(".nsewdrag")?.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true }));
  }

  close() {
    this.stop?.();
    clearTimeout(this.timer);
    clearTimeout(this.epochTimer);
    window.removeEventListener("pointerup", this.release);
    document.removeEventListener("visibilitychange", this.release);
    this.dimmed.removeEventListener("change", this.repaint);
    if (this.drawn) this.plotly.purge(this.plot);
  }
}
