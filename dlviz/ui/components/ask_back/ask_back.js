// Ask back: an example that can be changed, parts of the network that can be muted, and what the network says then.

import { make } from "./make.js";
import { ColumnsInput } from "./columns.js";
import { MutedUnits } from "./muting.js";
import { PictureInput } from "./picture.js";
import { StripInput } from "./strip.js";
import { TextInput } from "./text.js";
import { drawn } from "./drawn.js";

const AFTER = 120, AGAIN = 40; // milliseconds: after the last change; between two looks whether the answer is there
const SHOWN = 6; // so many classes are shown, the likeliest first
const ASKING = "Asking the network …";
const INPUTS = { picture: PictureInput, text: TextInput, columns: ColumnsInput, series: StripInput, sound: StripInput };
const PLACES = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".dlviz-ask");
  if (!PLACES.has(root)) PLACES.set(root, new Asking(root, component.data));
  const place = PLACES.get(root);
  place.show(component.data);
  return () => setTimeout(() => root.isConnected || (place.end(), PLACES.delete(root)));
}

class Asking {
  constructor(root, data) {
    this.asked = 0;
    this.measured = 0;
    this.tab = Math.random().toString(36).slice(2);
    this.state = make("p", { class: "state", role: "status" });
    this.says = make("div", { class: "says" });
    this.why = make("div", { class: "why" });
    const Kind = INPUTS[data.input.kind];
    this.data = data;
    this.input = Kind ? new Kind(data.input, () => this.later()) : undefined;
    this.muted = new MutedUnits(data.layers, () => this.later(), () => this.measure());
    this.method = make("select", { id: `ask-method-${data.run}` }, make("option", { value: "" }, "the prediction alone"), data.methods.map(([name, words]) => make("option", { value: name }, words)));
    if (data.methods.length) [[this.method.value]] = data.methods;
    this.method.addEventListener("change", () => this.ask());
    root.append(
      make("section", { class: "change" },
        make("h4", {}, this.input?.title ?? "This kind of input cannot be changed here"), this.input?.root ?? ""),
      make("section", { class: "follow" },
        make("h4", {}, "What the network says now"), this.says, this.state,
        make("div", { class: "method" }, make("label", { for: this.method.id }, "Explained by"), this.method), this.why),
      this.muted.root);
    this.says.style.minHeight = `${1.55 * Math.min(SHOWN, data.classes.length || 1.3)}rem`; // what will be said has its room
    this.root = root;
    this.ask();
  }

  show(data) {
    const anew = JSON.stringify(this.data.about) !== JSON.stringify(data.about);
    this.data = data;
    this.root.style.colorScheme = data.dark ? "dark" : "light"; // sliders and lists are the browser's own
    if (anew) this.ask(); // another target is asked about
  }

  end() { this.asked += 1; clearTimeout(this.timer); }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), AFTER);
  }

  // The prediction comes at once, the explanation follows it.
  async ask() {
    const number = ++this.asked;
    this.says.setAttribute("aria-busy", "true");
    const about = { ...this.data.about, edit: this.input?.edit(), muted: this.muted.chosen };
    const wanted = () => number === this.asked;
    const said = await this.answer({ ...about }, wanted);
    if (!said) return;
    this.says.removeAttribute("aria-busy");
    this.prediction(said.said);
    if (!this.method.value) { this.why.replaceChildren(); return; }
    this.why.setAttribute("aria-busy", "true");
    const target = this.data.about.target ?? null; // held fast, so that the map keeps telling of the same class
    const why = await this.answer({ ...about, target, method: { kind: this.method.value } }, wanted);
    if (!why) return;
    this.why.removeAttribute("aria-busy");
    this.why.replaceChildren(...drawn(why, this.input, this.data.colors));
  }

  async measure() {
    const units = this.muted.chosen.map(([layer, unit]) => (unit === undefined ? layer : `${layer}:${unit}`)).join(", ");
    const number = ++this.measured;
    this.muted.tell("Measuring on examples of the validation part …");
    const found = await this.answer({ part: this.data.about.part, index: this.data.about.index, target: this.data.about.target, study: { kind: "Muting", units } }, () => number === this.measured, (words, wrong) => words === ASKING || this.muted.tell(words, wrong), "measure");
    if (found) this.muted.measured(found);
  }

  // What the server answers, asked again until it is there; nothing where it is not wanted any more.
  async answer(question, wanted, tell = (words, wrong) => this.tell(words, wrong), line = "") {
    for (let waited = 0; ; waited += 1) {
      const body = JSON.stringify({ ...question, tab: this.tab + line, again: waited === 0 });
      let found;
      try {
        const answer = await fetch(this.data.address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        found = await answer.json();
      } catch {
        found = { status: "failed", error: "The server does not answer. What was changed stays; change it again when it does." };
      }
      if (!wanted()) return undefined;
      if (found.status === "done") { if (waited > 15 && this.state.textContent === ASKING) tell(this.verdict ?? ""); return found; }
      if (found.status === "failed" || found.status === "cancelled") {
        this.says.removeAttribute("aria-busy");
        this.why.removeAttribute("aria-busy");
        tell(found.error ?? "It was cancelled.", true);
        return undefined;
      }
      if (waited === 15) tell(ASKING);
      await new Promise((done) => setTimeout(done, waited < 50 ? AGAIN : 10 * AGAIN));
      if (!wanted()) return undefined;
    }
  }

  tell(words, wrong = false) {
    this.state.textContent = words;
    this.state.classList.toggle("wrong", wrong);
  }

  prediction(said) {
    const { entry, classes } = this.data;
    if (entry.said !== undefined) {
      const now = said.prediction_name ?? "";
      this.says.replaceChildren(make("p", { class: "number" }, make("b", {}, now), now === entry.said ? "" : ` (was ${entry.said})`));
      return;
    }
    if (!said.probabilities) {
      const now = Number(Number(said.value ?? said.score).toPrecision(5)), was = Number(Number(entry.prediction).toPrecision(5));
      this.says.replaceChildren(make("p", { class: "number" }, make("b", {}, `${now} ${this.data.unit}`), was === now ? "" : ` (was ${was})`));
      this.verdict = was === now ? `Still ${now} ${this.data.unit}`.trim() : `Now it says ${now} ${this.data.unit}; before it said ${was}.`;
      this.tell(this.verdict);
      return;
    }
    const before = new Map(entry.probabilities ?? [[entry.prediction, entry.probability]]);
    const order = said.probabilities.map((p, label) => [p, label]).sort((a, b) => b[0] - a[0]).slice(0, SHOWN);
    this.says.replaceChildren(make("table", { class: "bars" }, make("tbody", {}, order.map(([p, label]) => make("tr", {},
      make("th", { scope: "row" }, classes[label]),
      make("td", { class: "bar" }, make("i", { style: `width: ${Math.max(0.5, 100 * p)}%` }), before.has(label) ? make("s", { style: `left: ${100 * before.get(label)}%`, title: `before: ${share(before.get(label))}` }) : ""),
      make("td", { class: "share" }, share(p)))))));
    const [best] = order, turned = best[1] !== entry.prediction;
    this.verdict = turned ? `Now it says ${classes[best[1]]}, ${share(best[0])} sure; before it said ${classes[entry.prediction]}.` : `Still ${classes[best[1]]}, ${share(best[0])} sure.`;
    this.tell(this.verdict);
  }
}

// 93.7 %, with more digits near the ends, as everywhere on the page.
const share = (p) => `${Number((100 * p).toFixed(p >= 0.001 && p <= 0.999 ? 1 : 2))} %`;
