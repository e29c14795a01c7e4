// A text box whose answer follows as one types: what the trained network says to the text, or how it writes on; for a
// network of sounds a microphone, for one of series a past that can be changed.

import { music } from "../dlviz.shared/music.js";
import { answered, widths } from "./answered.js";
import { heard, picture } from "./heard.js";
import { SeriesInput, SeriesPicture } from "./series.js";
import { SoundInput } from "./sound.js";

const AFTER = 250, AGAIN = 120; // milliseconds: after the last key; between two looks whether the answer is there
const PLACES = new WeakMap();
const DIALS = [
  // name, words, from, to, step, at first, how it is said, what it does
  ["temperature", "Temperature", 0, 2, 0.05, 0.8, (v) => v.toFixed(2), "0: always the likeliest. 1: as it learned. More: bolder."],
  ["top_k", "Top k", 0, 50, 1, 0, (v) => (v ? String(v) : "all"), "Draw from so many of the likeliest tokens alone."],
  ["top_p", "Top p", 0.05, 1, 0.05, 1, (v) => v.toFixed(2), "Draw from the fewest tokens that together have this probability."],
  ["many", "Tokens", 20, 400, 20, 120, String, "How many tokens it writes."],
];

export default function (component) {
  const root = component.parentElement.querySelector(".dlviz-try");
  if (!PLACES.has(root)) PLACES.set(root, new Trying(root, component.data));
  const place = PLACES.get(root);
  place.show(component.data);
  return () => setTimeout(() => root.isConnected || (place.end(), PLACES.delete(root)));
}

class Trying {
  constructor(root, data) {
    this.data = data;
    this.asked = 0;
    this.wanted = { seed: 0 };
    this.out = make("div", { class: "out" });
    this.state = make("p", { class: "state", role: "status" });
    if (data.sound) {
      this.sound = new SoundInput(make, { ...data.sound, run: data.run }, (sound) => { this.body = sound; this.ask(); }, (words, wrong) => this.tell(words, wrong));
      root.append(this.sound.root, this.state, this.out);
      this.ask();
      return;
    }
    if (data.series) {
      this.series = new SeriesInput(make, { ...data.series, run: data.run }, () => this.later(), (words, wrong) => this.tell(words, wrong));
      this.chart = new SeriesPicture(make, (step, value) => this.series.set(step, value));
      this.out.append(this.chart.root);
      root.append(this.series.root, this.state, this.out);
      this.ask();
      return;
    }
    const id = `try-${data.run}`;
    this.box = make("textarea", { id, rows: 3, spellcheck: false, placeholder: data.placeholder, maxlength: 20000 });
    this.box.value = data.begin ?? "";
    this.box.addEventListener("input", () => this.later());
    root.append(make("label", { for: id }, data.music ? "The beginning of a tune" : data.writes ? "The beginning of a text" : "Your text"), this.box);
    if (data.writes) root.append(this.dials());
    if (data.answers) root.append(widths(make, id, (beam) => { this.wanted.beam = beam; this.ask(); }));
    root.append(this.state, this.out);
    this.ask();
  }

  show(data) {
    const anew = this.data.step !== data.step;
    this.data = data;
    if (anew) this.ask(); // the network has learned on
  }

  end() { this.asked += 1; clearTimeout(this.timer); this.sound?.end(); }

  dials() {
    const row = make("div", { class: "dials" });
    for (const [name, words, min, max, step, first, said, does] of DIALS) {
      this.wanted[name] = first;
      const value = make("output", {}, said(first)), dial = make("input", { type: "range", min, max, step, id: `${this.box.id}-${name}`, title: does });
      dial.value = first;
      dial.addEventListener("input", () => { this.wanted[name] = Number(dial.value); value.textContent = said(Number(dial.value)); this.later(); });
      row.append(make("div", { class: "dial" }, make("label", { for: dial.id, title: does }, words, " ", value), dial));
    }
    const another = make("button", { type: "button" }, "Write another");
    another.addEventListener("click", () => { this.wanted.seed += 1; this.ask(); });
    row.append(another);
    return row;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), AFTER);
  }

  // What is to be asked; nothing where there is no text or sound yet.
  question() {
    if (this.sound) return this.body;
    if (this.series) return this.series.question();
    const text = this.box.value;
    return this.data.writes ? { text, ...this.wanted } : !text.trim() ? undefined : this.data.answers ? { text, beam: this.wanted.beam ?? 1 } : { text };
  }

  async ask() {
    const number = ++this.asked, question = this.question();
    if (!question && this.series) return; // it has told what is wrong with the numbers; the picture stays
    if (!question) {
      this.out.replaceChildren();
      this.tell(this.sound ? "Record something, or choose a file: the answer follows." : "Type a text: the answer follows.");
      return;
    }
    this.out.setAttribute("aria-busy", "true");
    let body = JSON.stringify(question);
    for (let waited = 0; ; waited += 1) {
      let found;
      try {
        const answer = await fetch(this.data.address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        found = await answer.json();
      } catch {
        found = { status: "failed", error: "The server does not answer. The text stays; try again when it does." };
      }
      if (number !== this.asked) return;
      if (found.sound && question.recording) { // the server has it: from now on its name is enough
        this.body = { sound: found.sound, spoken: question.spoken };
        body = JSON.stringify(this.body);
      }
      if (found.status === "done") { this.out.removeAttribute("aria-busy"); this.draw(found); return; }
      if (found.status === "failed" || found.status === "cancelled") { this.out.removeAttribute("aria-busy"); if (!this.series) this.out.replaceChildren(); this.tell(found.error ?? "It was cancelled.", true); return; }
      if (waited === 8) this.tell("Asking the network …");
      await new Promise((done) => setTimeout(done, AGAIN));
      if (number !== this.asked) return;
    }
  }

  tell(words, wrong = false) {
    this.state.textContent = words;
    this.state.classList.toggle("wrong", wrong);
  }

  draw(found) {
    const { answer, tokens } = found;
    if (answer.kind === "forecast") {
      this.series.show(answer);
      this.chart.show(answer);
      this.tell(this.chart.words(answer));
      return;
    }
    const parts = [DRAW[answer.kind](answer)];
    if (tokens.length && answer.kind !== "tags") parts.push(read(found));
    if (found.picture) parts.unshift(picture(make, found));
    for (const old of this.out.querySelectorAll(".dlviz-music")) old.end(); // a tune that plays
    this.out.replaceChildren(...parts);
    this.tell(SAY[answer.kind](answer));
  }
}

const share = (p) => `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)} %`;

const DRAW = {
  gaps: (answer) => make("div", { class: "gaps" }, make("p", { class: "filled" }, answer.filled),
    answer.gaps.map((rows, number) => make("div", {}, make("h4", {}, answer.gaps.length > 1 ? `What may stand in gap ${number + 1}` : "What may stand there"), bars(rows.map(([token, p]) => [visible(token), p]))))),
  heard: (answer) => heard(make, answer, bars),
  answer: (answer) => answered(make, answer, bars),
  classes: (answer) => bars(answer.rows),
  number: (answer) => make("p", { class: "number" }, `${answer.target}: `, make("b", {}, `${Number(answer.value.toPrecision(5))} ${answer.unit}`)),
  tags: (answer) => make("p", { class: "tagged" }, answer.rows.map(([word, tag, sure]) =>
    tag === answer.none ? make("span", { class: "word" }, word)
      : make("span", { class: "word tag", title: share(sure), style: `--hue: ${hue(tag)}` }, word, make("small", {}, tag)))),
  writing: (answer) => make("div", { class: "writing" },
    answer.tune ? music(answer.tune, { label: "The tune", saved: "tune" }) : make("p", { class: "written" }, make("span", { class: "begun" }, answer.begun), make("span", {}, answer.written)),
    make("div", { class: "next" }, make("h4", {}, answer.tune ? "What may come right after your tune" : "What may come right after your text"), bars(answer.next.map(([token, p]) => [visible(token), p])))),
};

const SAY = {
  gaps: (answer) => answer.gaps.map(([[word, p]]) => `${visible(word)}, ${share(p)} sure`).join("; "),
  answer: (answer) => `It writes: ${answer.written || "nothing"}${answer.ended ? "" : " … (cut: it came to no end)"}`,
  heard: (answer) => `It heard: ${answer.text || "nothing"}`,
  classes: (answer) => `${answer.rows[0][0]}, ${share(answer.rows[0][1])} sure.`,
  number: (answer) => `${answer.target}: ${Number(answer.value.toPrecision(5))} ${answer.unit}`,
  tags: (answer) => {
    const found = answer.rows.filter(([, tag]) => tag !== answer.none).map(([word, tag]) => `${word} (${tag})`);
    return found.length ? found.join(", ") : `Every word is ${answer.none}.`;
  },
  writing: (answer) => (answer.tune ? "It has made up a tune." : "It has written on."),
};

function bars(rows) {
  return make("table", { class: "bars" }, make("tbody", {}, rows.map(([name, p]) => make("tr", {},
    make("th", { scope: "row" }, name), make("td", { class: "bar" }, make("i", { style: `width: ${Math.max(0.5, 100 * p)}%` })), make("td", { class: "share" }, share(p))))));
}

// How the network reads the text: its tokens and their numbers.
function read(found) {
  const fold = make("details", {}, make("summary", {}, `How it is read: ${found.read} ${found.read === 1 ? "token" : "tokens"}${found.cut ? ", the rest is cut off" : ""}`));
  fold.append(make("p", { class: "tokens" }, found.tokens.map(([token, id]) => make("span", { class: id === 1 ? "unknown" : "" }, visible(token), make("small", {}, id)))));
  return fold;
}

// Spaces and line ends as signs that can be seen.
function visible(token) {
  return token === " " ? "␣" : token.replaceAll("\n", "⏎").replaceAll("▁", "␣");
}

function hue(tag) {
  let sum = 0;
  for (const letter of tag.replace(/^[BI]-/, "")) sum = (sum * 31 + letter.charCodeAt(0)) % 360;
  return sum;
}

function make(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) if (value !== undefined && value !== "") made.setAttribute(name, value);
  made.append(...children.flat().map((child) => (child instanceof Node ? child : String(child))));
  return made;
}
