// What goes on inside a network while it learns: five views in tabs, one drawn at a time. It listens to the page's one
// stream for new moments and to the time slider for the moment that is looked at.

import { confusion } from "./confusion.js";
import { distributions } from "./distributions.js";
import { embedding } from "./embedding.js";
import { Examples } from "./examples.js";
import { hardest } from "./hardest.js";
import { layers } from "./layers.js";
import { make } from "./make.js";
import { Source } from "./source.js";

const views = new WeakMap();
const ENDED = ["finished", "stopped", "failed", "interrupted"];
const KEPT = "dlviz-signals-tab"; // which tab is open is the browser's own affair
const TABS = [
  ["layers", "Layers", layers], ["distributions", "Distributions", distributions], ["embedding", "Embedding", embedding],
  ["hardest", "Hardest examples", hardest], ["confusion", "Confusions", confusion],
];

// The probe that a tab waits for.
const PROBES = { distributions: "histograms", embedding: "embedding", hardest: "hardest", confusion: "confusion" };

export default function (component) {
  const root = component.parentElement.querySelector(".dlviz-signals");
  if (!views.has(root)) views.set(root, new Signals(root));
  const view = views.get(root);
  view.show(component.data);
  return () => setTimeout(() => root.isConnected || (view.end(), views.delete(root)));
}

class Signals {
  constructor(root) {
    this.root = root;
    const kept = localStorage.getItem(KEPT);
    this.open = TABS.some(([name]) => name === kept) ? kept : "layers";
    this.tabs = make("div", { class: "tabs", role: "tablist", "aria-label": "What to look at" });
    for (const [name, words] of TABS)
      this.tabs.append(make("button", {
        type: "button", role: "tab", id: `signals-tab-${name}`, "data-tab": name, "data-words": words, "aria-controls": "signals-panel",
        onclick: () => this.choose(name), onkeydown: (event) => this.typed(event),
      }, words));
    this.when = make("span", { class: "when" });
    this.panel = make("div", { class: "panel", role: "tabpanel", id: "signals-panel", tabindex: "0" });
    root.replaceChildren(make("div", { class: "head" }, this.tabs, this.when), this.panel);
    this.timed = (event) => event.detail?.run === this.data.run && this.source.goTo(event.detail.step);
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.panel);
    window.addEventListener("dlviz:time", this.timed);
  }

  show(data) {
    const before = this.data;
    this.data = data;
    this.colors = data.colors[data.dark ? 1 : 0];
    this.root.classList.toggle("dark", Boolean(data.dark));
    if (before?.run !== data.run) {
      this.source?.close();
      this.source = new Source({ ...data, at: window.__dlviz_time?.[data.run] ?? data.at }, () => this.draw());
      this.examples = new Examples(`${data.moments}/examples?gone=empty`, () => this.draw());
      this.choose(this.open, false);
    } else {
      if (before.at !== data.at) this.source.goTo(data.at ?? null);
      if (before.status !== data.status) this.source.revive(data.status);
      if (before.dark !== data.dark) this.draw();
    }
  }

  // Why there is nothing to see of a probe yet, or ever.
  missing(probe, otherwise) {
    const why = this.data.skipped?.[probe];
    if (!this.source.loaded || this.source.seen(probe).length) return "Loading …";
    if (!this.source.moments.length && !ENDED.includes(this.data.status)) return "Nothing to see yet: the first look comes as soon as the network has taken a few steps.";
    return why ? `Nothing to see yet. ${why}` : otherwise;
  }

  // What the classes are called, where some moment told it.
  names() {
    return (this.source.now("confusion") ?? this.source.now("predictions"))?.meta.names ?? null;
  }

  choose(name, keep = true) {
    if (keep) localStorage.setItem(KEPT, name);
    this.open = name;
    for (const tab of this.tabs.children) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `signals-tab-${name}`);
    this.view?.end?.();
    this.panel.replaceChildren();
    this.view = TABS.find(([each]) => each === name)[2](this.panel, this);
    this.draw();
  }

  typed(event) {
    const names = TABS.map(([name]) => name), step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = names[(names.indexOf(this.open) + step + names.length) % names.length];
    this.choose(next);
    this.tabs.querySelector(`[data-tab="${next}"]`).focus();
  }

  // At most once a frame of the screen.
  draw() {
    if (this.drawing || !this.view) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      const shown = this.view.draw() ?? this.source.at; // a dear picture may be of an earlier moment
      const late = this.source.past === null && shown !== null && shown < this.source.at && this.data.skipped?.[PROBES[this.open]];
      this.when.textContent = shown === null ? "" : `as of step ${shown.toLocaleString("en-US")}${late ? `. ${late}` : ""}`;
    });
  }

  end() {
    this.source?.close();
    this.view?.end?.();
    this.sized.disconnect();
    window.removeEventListener("dlviz:time", this.timed);
    cancelAnimationFrame(this.drawing);
  }
}
