// A chart that owns its Plotly figure and listens to the live stream. Streamlit calls the default export whenever the
// page has run; a chart that is already there goes on, so zoom, pan and hover survive.

import { Curves, metricOf, metricsOf, spelled } from "./curves.js";
import { number, progress, told } from "./words.js";

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

// Plotly is loaded once a page, out of the installed package.
function loaded(address) {
  window.dlvizPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => { window.dlvizPlotly = undefined; reject(new Error(`${address} did not load`)); };
    document.head.appendChild(script);
  });
  return window.dlvizPlotly;
}

// Load and draw once, unseen, when the browser has nothing better to do: the first real chart then stands at once.
function prepare(address) {
  if (window.dlvizPlotly) return;
  (window.requestIdleCallback ?? setTimeout)(async () => {
    const plotly = await loaded(address);
    const unseen = document.createElement("div");
    unseen.style.cssText = "position:fixed;left:-9999px;width:300px;height:200px";
    unseen.setAttribute("aria-hidden", "true");
    document.body.appendChild(unseen);
    await plotly.newPlot(unseen, [{ x: [0, 1], y: [0, 1], mode: "lines" }], {}, { displayModeBar: false });
    plotly.purge(unseen);
    unseen.remove();
  }, { timeout: 3000 });
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
    [this.metricButtons, this.logButton, this.wait] = [".metrics", ".log", ".wait"].map(find);
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
    const revived = !again && data.status !== this.pageStatus && !ENDED.includes(data.status) && !this.source;
    this.data = data;
    this.pageStatus = data.status;
    if (again) {
      this.names = names;
      this.metric = this.metric ?? data.metric;
      this.curves = data.runs.map(() => new Curves());
      this.states = data.runs.map(() => ({}));
      this.at = "";
      this.asked = data.status;
      this.drawn = false;
    }
    if (revived) this.asked = data.status;
    if (again || revived) this.listen();
    loaded(data.plotly).then((plotly) => { this.plotly = plotly; this.drawAll(); }, (error) => { this.wait.textContent = `The chart could not be loaded: ${error.message}. Reload the page.`; });
  }

  listen() {
    this.source?.close();
    const from = this.at ? `&from=${this.at}` : "";
    this.source = new EventSource(`${this.data.stream}?runs=${this.names}${from}`);
    this.source.addEventListener("points", (event) => this.take(event));
    this.source.addEventListener("state", (event) => this.changed(event));
    this.source.addEventListener("end", () => { this.source.close(); this.source = null; });
  }

  take(event) {
    this.at = event.lastEventId;
    const message = JSON.parse(event.data);
    const fresh = this.curves[message.run].take(message);
    this.waiting ??= [];
    this.waiting.push([message.run, fresh]);
    this.plan();
  }

  changed(event) {
    this.at = event.lastEventId;
    const message = JSON.parse(event.data);
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
    const metrics = metricsOf(this.curves);
    this.waiting = null;
    if (!metrics.length) return;
    if (!metrics.includes(this.metric)) this.metric = metrics[0];
    this.showMetrics(metrics);
    this.wait.remove();
    this.traces = [];
    const dark = this.isDark();
    this.data.runs.forEach((run, number_) => {
      for (const [name, curve] of this.curves[number_].byName) {
        const [metric, part] = metricOf(name);
        if (metric !== this.metric) continue;
        this.traces.push({ run: number_, curve: name, part, trace: {
          type: "scatter", mode: curve.y.length < 2 ? "lines+markers" : "lines", x: curve.x.slice(), y: curve.y.slice(), customdata: curve.step.slice(),
          name: this.named(number_, part),
          line: { color: run.color[dark ? 1 : 0], width: part === "step" ? 1 : 2.25, dash: part === "validation" ? "8px,4px" : "solid" },
          opacity: part === "step" ? 0.4 : 1, marker: { size: 7 }, connectgaps: false, hovertemplate: "%{y:.4~g}<extra>%{fullData.name}</extra>" } });
      }
    });
    const layer = { step: 0, train: 1, validation: 2 };
    this.traces.sort((a, b) => (layer[a.part] ?? 1) - (layer[b.part] ?? 1));
    this.plotly.react(this.plot, this.traces.map((each) => each.trace), this.layout(dark),
      { displayModeBar: false, responsive: true, doubleClick: "reset", scrollZoom: false });
    this.drawn = true;
    this.hoverAgain();
    this.showKey();
    this.speak(false);
  }

  layout(dark) {
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue("--st-text-color").trim() || (dark ? "#E8ECF0" : "#1F2933");
    const faint = dark ? "#A3AEBA" : "#5B6672", line = dark ? "#343C46" : "#DFE3E8", panel = dark ? "#1E242B" : "#F5F6F8";
    this.root.style.setProperty("--dlviz-faint", faint);
    const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, tickfont: { color: faint, size: 12 }, automargin: true };
    const marks = this.curves.length === 1 ? this.curves[0].marks : [];
    return {
      uirevision: "stay", template: "none", paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 8, r: 12, t: 12, b: 8 }, showlegend: false, hovermode: "x unified",
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
      font: { family: style.fontFamily, size: 13, color: ink }, hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: ink } },
      xaxis: { ...axis, title: { text: "epoch", font: { color: faint, size: 12 } }, rangemode: "tozero", hoverformat: ".2~f" },
      yaxis: { ...axis, title: { text: spelled(this.metric), font: { color: faint, size: 12 } }, type: this.log ? "log" : "linear", tickformat: this.log ? "~g" : undefined },
      shapes: marks.map(([, x]) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: faint, width: 1, dash: "dot" } })),
      annotations: marks.map(([, x, text]) => ({ x, yref: "paper", y: 1, yanchor: "top", xanchor: "left", text, showarrow: false, font: { size: 11, color: faint } })),
    };
  }

  // A few metrics are buttons side by side; many are a menu.
  showMetrics(metrics) {
    const wanted = metrics.join("|");
    const choose = (metric) => { this.metric = metric; this.whole(); this.drawAll(); };
    if (this.shownMetrics !== wanted) {
      this.shownMetrics = wanted;
      if (metrics.length > 6) {
        const menu = document.createElement("select");
        menu.setAttribute("aria-label", "What to draw");
        menu.append(...metrics.map((metric) => new Option(spelled(metric), metric)));
        menu.onchange = () => choose(menu.value);
        this.metricButtons.replaceChildren(menu);
      } else
        this.metricButtons.replaceChildren(...metrics.map((metric) => {
          const button = document.createElement("button");
          button.textContent = spelled(metric);
          button.dataset.metric = metric;
          button.onclick = () => choose(metric);
          return button;
        }));
    }
    for (const each of this.metricButtons.children)
      if (each.tagName === "SELECT") each.value = this.metric;
      else each.setAttribute("aria-pressed", each.dataset.metric === this.metric);
  }

  named(run, part) {
    const what = { step: "train, step by step" }[part] ?? (part || spelled(this.metric));
    return this.data.runs.length > 1 ? `${this.data.runs[run].name} · ${what}` : what;
  }

  // What each line is, and where it stands now. Several runs: a line each, and once what solid and dashed mean.
  showKey() {
    const item = (color, dashed, text, curve) => {
      const span = document.createElement("span");
      span.innerHTML = `<svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" stroke="${color}" stroke-width="2.5" ${dashed ? 'stroke-dasharray="7 4"' : ""}/></svg>`;
      const value = document.createElement("b");
      value.textContent = curve ? number(curve.y.findLast((each) => each !== null)) : "";
      span.append(text, value);
      return span;
    };
    const color = (run) => this.data.runs[run].color[this.isDark() ? 1 : 0];
    const curve = (run, name) => this.curves[run].byName.get(name);
    if (this.data.runs.length > 1) {
      const runs = this.data.runs.map((run, at) => [at, ["validation.", "train.", "step.", ""].map((part) => curve(at, part + this.metric)).find(Boolean)]);
      const parts = new Set(this.traces.map((each) => each.part));
      const faint = "var(--dlviz-faint)";
      this.key.replaceChildren(
        ...runs.filter(([, found]) => found).map(([at, found]) => item(color(at), false, this.data.runs[at].name, found)),
        ...(parts.has("train") ? [item(faint, false, "train")] : []), ...(parts.has("validation") ? [item(faint, true, "validation")] : []));
      return;
    }
    const shown = this.traces.filter((each) => each.part !== "step" || !curve(each.run, `train.${this.metric}`));
    this.key.replaceChildren(...shown.map((each) => item(color(each.run), each.part === "validation", this.named(each.run, each.part), curve(each.run, each.curve))));
  }

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

  isDark() {
    const parts = getComputedStyle(document.querySelector(".stApp") ?? document.body).backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255];
    return Number(parts[0]) + Number(parts[1]) + Number(parts[2]) < 384;
  }

  close() {
    this.source?.close();
    clearTimeout(this.timer);
    clearTimeout(this.epochTimer);
    window.removeEventListener("pointerup", this.release);
    document.removeEventListener("visibilitychange", this.release);
    this.dimmed.removeEventListener("change", this.repaint);
    if (this.drawn) this.plotly.purge(this.plot);
  }
}
