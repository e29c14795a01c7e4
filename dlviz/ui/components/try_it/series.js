// The past of a series: choose a moment, change its numbers by typing or by dragging, and see the forecast follow.

const NS = "http://www.w3.org/2000/svg", LEAST = 300, HIGH = 260, LEFT = 52, RIGHT = 10, TOP = 10, BOTTOM = 26;
const HANDLES = 120; // a longer past is changed as one line: so many points could not be told apart

export class SeriesInput {
  // `changed()` is called when something else is to be asked, `tell(words, wrong)` says what is wrong with the numbers.
  constructor(make, data, changed, tell) {
    this.data = data;
    this.changed = changed;
    this.tell = tell;
    this.series = 0;
    const id = `try-series-${data.run}`;
    this.moment = make("input", { type: "range", min: 0, max: 0, step: 1, value: 0, id: `${id}-moment` });
    this.when = make("output", {}, "");
    this.moment.addEventListener("input", () => { this.own = undefined; this.changed(); });
    this.which = make("select", { id: `${id}-which` }, data.names.map((name, place) => make("option", { value: place }, name)));
    this.which.addEventListener("change", () => { this.series = Number(this.which.value); this.own = undefined; this.changed(); });
    this.box = make("textarea", { id, rows: 2, spellcheck: "false", inputmode: "decimal", class: "numbers" });
    this.box.addEventListener("input", () => this.typed());
    this.back = make("button", { type: "button" }, "As it was measured");
    this.back.addEventListener("click", () => { this.own = undefined; this.changed(); });
    this.back.disabled = true;
    const choose = data.names.length > 1 ? [make("div", { class: "dial search" }, make("label", { for: this.which.id }, "The series you change"), this.which)] : [];
    this.root = make("div", { class: "past" },
      make("div", { class: "dials" },
        make("div", { class: "dial wide" }, make("label", { for: this.moment.id, title: "Of the test part, which it has never learned from." }, "The moment it forecasts from ", this.when), this.moment),
        choose, this.back),
      make("label", { for: id }, `The ${data.window.toLocaleString("en")} steps it sees: type, or drag a point of the curve`), this.box);
  }

  // What is to be asked; nothing while the numbers are wrong.
  question() {
    const asked = { moment: this.known ? Number(this.moment.value) : 1e6, series: this.series };
    if (this.own === undefined) return asked;
    return this.own.length === this.data.window ? { ...asked, values: this.own } : undefined;
  }

  typed() {
    const words = this.box.value.split(/[\s;]+/).filter(Boolean), numbers = words.map(Number);
    const wrong = words.find((_, place) => !Number.isFinite(numbers[place]));
    this.own = wrong === undefined ? numbers : [];
    if (wrong !== undefined) this.tell(`Numbers are written as -1.5, with spaces between them. “${wrong.slice(0, 20)}” is none.`, true);
    else if (numbers.length !== this.data.window) this.tell(`It sees ${this.data.window} numbers; here are ${numbers.length}.`, true);
    else this.changed();
  }

  set(step, value) {
    this.own = (this.own?.length === this.data.window ? this.own : this.shown).slice();
    this.own[step] = Number(value.toPrecision(5));
    this.box.value = this.own.join(" ");
    this.changed();
  }

  show(answer) {
    this.known = true;
    this.moment.max = answer.of - 1;
    this.moment.value = answer.at;
    this.when.textContent = answer.times[this.data.window - 1];
    this.moment.setAttribute("aria-valuetext", this.when.textContent);
    this.shown = answer.past[answer.series];
    this.back.disabled = this.own === undefined;
    if (this.own === undefined) this.box.value = this.shown.join(" ");
  }
}

export class SeriesPicture {
  // `moved(step, value)` is called while a point of the past is dragged.
  constructor(make, moved) {
    this.moved = moved;
    this.svg = document.createElementNS(NS, "svg");
    this.svg.setAttribute("class", "fan");
    this.svg.setAttribute("role", "img");
    this.legend = make("p", { class: "legend" });
    this.root = make("div", { class: "forecast" }, this.svg, this.legend);
    this.make = make;
    new ResizeObserver(() => this.answer && this.paint(this.answer, this.scale)).observe(this.root); // a pixel stays a pixel
    this.svg.addEventListener("pointerdown", (event) => this.grab(event));
    this.svg.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, () => { this.held = undefined; if (this.late) this.show(this.late); });
  }

  show(answer) {
    if (this.held !== undefined) { // under the hand the scale may not move; the forecast follows
      this.late = answer;
      this.paint(answer, this.scale);
      return;
    }
    this.late = undefined;
    const { series: at } = answer;
    const all = ["past", "truth", "median", "naive", "low", "high"].flatMap((name) => answer[name]?.[at] ?? []).filter((value) => value !== null);
    const low = Math.min(...all), high = Math.max(...all), room = (high - low || Math.abs(high) || 1) * 0.08;
    this.scale = { low: low - room, high: high + room };
    this.paint(answer, this.scale);
  }

  paint(answer, scale) {
    this.answer = answer;
    const wide = this.wide = Math.max(LEAST, this.root.clientWidth);
    this.svg.setAttribute("viewBox", `0 0 ${wide} ${HIGH}`);
    const at = answer.series, seen = answer.past[at].length, steps = seen + answer.median[at].length;
    this.x = (step) => LEFT + (step / (steps - 1)) * (wide - LEFT - RIGHT);
    this.y = (value) => TOP + ((scale.high - value) / (scale.high - scale.low)) * (HIGH - TOP - BOTTOM);
    const parts = [], add = (tag, options, text) => {
      const made = document.createElementNS(NS, tag);
      for (const [name, value] of Object.entries(options)) made.setAttribute(name, value);
      if (text !== undefined) made.textContent = text;
      parts.push(made);
    };
    const points = (row, from) => row.map((value, step) => (value === null ? "" : `${this.x(from + step).toFixed(1)},${this.y(value).toFixed(1)}`)).filter(Boolean).join(" ");
    for (const value of ticks(scale.low, scale.high)) {
      add("line", { x1: LEFT, x2: wide - RIGHT, y1: this.y(value), y2: this.y(value), class: "grid" });
      add("text", { x: LEFT - 6, y: this.y(value) + 4, class: "tick" }, short(value));
    }
    for (const [step, anchor] of [[0, "start"], [seen - 1, "middle"], [steps - 1, "end"]]) add("text", { x: this.x(step), y: HIGH - 6, class: "time", "text-anchor": anchor }, answer.times[step]);
    add("line", { x1: this.x(seen - 1), x2: this.x(seen - 1), y1: TOP, y2: HIGH - BOTTOM, class: "now" });
    if (answer.low) {
      const below = points(answer.low[at], seen).split(" ").reverse().join(" ");
      add("polygon", { points: `${points(answer.high[at], seen)} ${below}`, class: "bounds" });
    }
    add("polyline", { points: points(answer.naive[at], seen), class: "naive" });
    add("polyline", { points: points(answer.truth[at], seen), class: "truth" });
    add("polyline", { points: points(answer.past[at], 0), class: "own" });
    add("polyline", { points: points(answer.median[at], seen), class: "median" });
    if (seen <= HANDLES) answer.past[at].forEach((value, step) => {
      add("circle", { cx: this.x(step), cy: this.y(value), r: 11, class: "hit" });
      add("circle", { cx: this.x(step), cy: this.y(value), r: 3.2, class: "handle" });
    });
    this.svg.replaceChildren(...parts);
    this.svg.setAttribute("aria-label", this.words(answer));
    const names = [["own", answer.changed ? "the past as you changed it" : "what it sees"], ["median", "what it expects"], ...(answer.low ? [["bounds", `${Math.round(100 * answer.share)} % should lie here`]] : []), ["truth", answer.changed ? "what came after the true past" : "what came"], ["naive", "one season before"]];
    this.legend.replaceChildren(...names.map(([kind, words]) => this.make("span", { class: kind }, words)));
  }

  words(answer) {
    const at = answer.series, row = answer.median[at], unit = answer.unit ? ` ${answer.unit}` : "";
    const bounds = answer.low ? ` (${short(answer.low[at].at(-1))} to ${short(answer.high[at].at(-1))})` : "";
    return `${answer.names[at]}: ${short(row[0])}${unit} next; ${short(row.at(-1))}${unit}${bounds} at ${answer.times.at(-1)}.`;
  }

  place(event) {
    const box = this.svg.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.wide, ((event.clientY - box.top) / box.height) * HIGH];
  }

  grab(event) {
    if (!this.answer || event.button > 0) return;
    const [x, y] = this.place(event), past = this.answer.past[this.answer.series];
    const step = Math.round(((x - LEFT) / (this.wide - LEFT - RIGHT)) * (this.answer.times.length - 1));
    if (step < 0 || step >= past.length || Math.abs(this.y(past[step]) - y) > 24) return;
    this.held = step;
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  drag(event) {
    if (this.held === undefined) return;
    const [, y] = this.place(event), { low, high } = this.scale;
    const value = Math.min(high, Math.max(low, high - ((y - TOP) / (HIGH - TOP - BOTTOM)) * (high - low)));
    this.answer.past[this.answer.series][this.held] = value;
    this.paint(this.answer, this.scale);
    this.moved(this.held, value);
  }
}

function ticks(low, high) {
  const rough = (high - low) / 4, unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * unit).find((size) => size >= rough);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) found.push(value);
  return found;
}

const short = (value) => String(Number(Number(value).toPrecision(Math.abs(value) >= 1000 ? 5 : 4)));
