// The large surface at the right: what the network answers, or the unit that is looked at, with the examples on it.

import { figure, make, signed } from "./make.js";
import { ahead, border, gain, paint, paintClasses, surfaces, values } from "./surface.js";

const SIZE = 340, LISTED = 64, PALE = 0.72; // so that dots in the same colours stand out

export class Large {
  constructor(host, role, view) {
    Object.assign(this, { host, role, view });
    this.chosen = { train: true, validation: false, sharp: false };
    this.small = document.createElement("canvas"); // the surface as it comes, one pixel a point
    this.canvas = make("canvas", { class: "plane", role: "img" });
    this.title = make("p", { class: "title" });
    this.legend = make("div", { class: "legend" });
    this.facts = make("div", { class: "facts" });
    const option = (name, text) => make("label", {}, make("input", { type: "checkbox", checked: this.chosen[name], onchange: (event) => { this.chosen[name] = event.target.checked; this.draw(); } }), text);
    this.options = make("div", { class: "options" }, option("train", "training points"), option("validation", "validation"), option("sharp", "sharp"));
    this.element = make("div", { class: "large" }, this.title, this.canvas, this.legend, this.options, this.facts);
  }

  /** Show a unit ({layer, unit}), or what the network answers (null). */
  show(unit) {
    const other = unit?.layer !== this.unit?.layer || unit?.unit !== this.unit?.unit;
    this.unit = unit;
    this.draw();
    if (other) this.facts.scrollTop = 0;
  }

  draw() {
    const { host, unit } = this, frame = host.frames.neurons, dpr = Math.min(2, window.devicePixelRatio || 1);
    const output = surfaces(frame, "output"), last = this.view.layers.findIndex((layer) => layer.role === "output");
    const own = unit ?? (output && this.#isAnswering() ? null : { layer: last, unit: 0 });
    const found = own ? surfaces(frame, this.view.layers[own.layer].shown) : output;
    const classes = !own && this.view.answer.kind === "classes";
    this.title.textContent = unit ? host.nameOf(this.view, unit) : "What the network answers";
    const pixels = Math.round(SIZE * dpr);
    if (this.canvas.width !== pixels || this.canvas.height !== pixels) [this.canvas.width, this.canvas.height] = [pixels, pixels];
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, pixels, pixels);
    context.imageSmoothingEnabled = !this.chosen.sharp;
    context.imageSmoothingQuality = "high";
    const index = own?.unit ?? 0;
    if (found && index < found.many) {
      if (classes) paintClasses(this.small, found, host.colors, this.chosen.sharp);
      else paint(this.small, found, index, !own && found.low >= 0 ? this.#upwards(found) : host.colors.diverging, this.chosen.sharp && found.low < 0);
      context.fillStyle = host.colors.ground.paper;
      context.fillRect(0, 0, pixels, pixels);
      context.globalAlpha = classes ? 1 : PALE;
      context.drawImage(this.small, 0, 0, pixels, pixels);
      context.globalAlpha = 1;
      this.#borders(context, found, index, classes, pixels, dpr);
    } else {
      context.fillStyle = host.colors.ground.panel;
      context.fillRect(0, 0, pixels, pixels);
    }
    this.#points(context, frame, dpr);
    this.#legend(found, classes, index);
    this.#facts(unit);
    this.canvas.setAttribute("aria-label", this.#told(found, classes, own));
  }

  #isAnswering() { return this.role === "model" || this.view.answer.kind === "classes"; }

  // The colours of numbers that are never negative: the table, from its paper on.
  #upwards(found) {
    const table = this.host.colors.sequential, made = new Uint32Array(256), most = Math.max(found.high, 1e-9);
    const low = Math.max(0, found.low / most);
    for (let byte = 0; byte < 256; byte++) made[byte] = table[Math.round(255 * Math.max(low, (byte - 127.5) / 127.5))] ?? table[0];
    return made;
  }

  #borders(context, found, index, classes, pixels, dpr) {
    context.strokeStyle = this.host.colors.ground.ink;
    context.lineWidth = 1.4 * dpr;
    const lines = classes ? Array.from({ length: found.many > 2 ? Math.min(found.many, 10) : 1 }, (_, unit) => ahead(found, unit)) : found.low < 0 ? [values(found, index)] : [];
    for (const numbers of lines) context.stroke(border(numbers, found.side, pixels));
  }

  #points(context, frame, dpr) {
    const { points, colors } = this.host;
    const [x0, x1] = frame?.meta.x ?? this.host.extent("x"), [y0, y1] = frame?.meta.y ?? this.host.extent("y");
    const classes = this.view.answer.kind === "classes", size = SIZE * dpr;
    const [mark, most] = [3.1 * dpr, this.host.largestTarget];
    for (const part of ["validation", "train"]) {
      if (!this.chosen[part]) continue;
      for (const [x, y, target] of points?.[part] ?? []) {
        const [px, py] = [((x - x0) / (x1 - x0)) * size, size - ((y - y0) / (y1 - y0)) * size];
        if (classes) context.fillStyle = colors.classes[target % colors.classes.length];
        else if (this.role === "model" && target !== undefined) context.fillStyle = css(colors.diverging[Math.round(127.5 + (127.5 * target) / most)]);
        else context.fillStyle = colors.ground.ink;
        context.beginPath();
        drawMark(context, classes ? target : 0, px, py, part === "train" ? mark : mark * 1.15);
        context.fill();
        context.lineWidth = (part === "train" ? 0.9 : 1.6) * dpr;
        context.strokeStyle = part === "train" ? colors.ground.paper : colors.ground.ink;
        context.stroke();
      }
    }
  }

  #legend(found, classes, unit) {
    const { colors } = this.host;
    if (classes) {
      const names = this.view.answer.names.slice(0, 10);
      const key = `classes ${names.join()} ${colors.dark}`;
      if (this.legend.dataset.key === key) return;
      this.legend.dataset.key = key;
      this.legend.replaceChildren(...names.map((name, number) => {
        const mark = make("canvas", { width: 24, height: 24, "aria-hidden": "true" }), context = mark.getContext("2d");
        context.fillStyle = colors.classes[number % colors.classes.length];
        context.beginPath();
        drawMark(context, number, 12, 12, 7);
        context.fill();
        return make("span", {}, mark, name);
      }));
      return;
    }
    this.legend.dataset.key = "";
    if (!found) return this.legend.replaceChildren();
    const most = Math.max(Math.abs(found.low), Math.abs(found.high)) / (unit < found.many ? gain(found, unit) : 1), upwards = found.low >= 0;
    const stops = Array.from({ length: 9 }, (_, at) => css((upwards ? colors.sequential : colors.diverging)[Math.round((255 * at) / 8)]));
    this.legend.replaceChildren(make("span", {}, upwards ? figure(0) : signed(-most)), make("i", { style: `background:linear-gradient(90deg,${stops.join()})` }), make("span", {}, upwards ? figure(most) : signed(most)));
  }

  // Bias and incoming weights as numbers; each opens the window in which it is changed.
  #facts(unit) {
    const { host } = this;
    if (!unit) {
      this.list = null;
      this.rows = null;
      if (this.facts.dataset.of !== "") this.facts.replaceChildren(make("p", { class: "hint" }, "Point at a unit to see it large, click a line to change its weight. With the keyboard: arrows and Enter."));
      this.facts.dataset.of = "";
      return;
    }
    const layer = this.view.layers[unit.layer], key = `${unit.layer}.${unit.unit}`;
    if (this.facts.dataset.of !== key) {
      this.facts.dataset.of = key;
      this.rows = host.incoming(this.view, unit).slice(0, LISTED).map((what) => {
        const bar = make("i"), number = make("span", { class: "number" });
        const button = make("button", { type: "button", class: "weight", onclick: (event) => host.edit(what, event.currentTarget) }, make("span", { class: "name" }, what.short), make("span", { class: "bar" }, bar), number);
        return { what, bar, number, button };
      });
      const many = layer.sources.reduce((sum, each) => sum + (each.weighs ? this.view.layers[each.layer].units : 0), 0);
      const more = many > LISTED ? make("p", { class: "hint" }, `The first ${LISTED} of ${many} weights.`) : null;
      this.facts.replaceChildren(...this.rows.map((row) => row.button), ...(more ? [more] : []),
        ...(this.rows.length ? [] : [make("p", { class: "hint" }, layer.role === "input" ? "An input: it passes on what the data says." : "It has no weights of its own.")]));
    }
    const most = Math.max(1e-9, ...this.rows.map(({ what }) => Math.abs(host.weights.at(what.path, what.name, what.index) ?? 0)));
    for (const { what, bar, number, button } of this.rows) {
      const value = host.weights.at(what.path, what.name, what.index);
      button.disabled = value === undefined;
      number.textContent = value === undefined ? "–" : signed(value);
      const share = Math.abs(value ?? 0) / most / 2;
      bar.style.cssText = `left:${(value < 0 ? 0.5 - share : 0.5) * 100}%;width:${share * 100}%;background:${value < 0 ? host.colors.ground.negative : host.colors.ground.positive}`;
      button.setAttribute("aria-label", `${what.title}: ${figure(value)}. Change it`);
    }
  }

  #told(found, classes, own) {
    if (!found) return "No surface yet.";
    if (!classes) return `${own ? this.host.nameOf(this.view, own) : "The answer"} over the plane: from ${figure(found.low)} to ${figure(found.high)}.`;
    const counts = new Array(found.many).fill(0), size = found.side ** 2, bytes = Array.from({ length: found.many }, (_, unit) => found.bytes(unit));
    for (let at = 0; at < size; at++) {
      let best = 0;
      for (let unit = 1; unit < found.many; unit++) if (bytes[unit][at] > bytes[best][at]) best = unit;
      counts[best]++;
    }
    return `Decision surface. Share of the plane: ${counts.slice(0, 10).map((count, unit) => `${this.view.answer.names[unit]} ${Math.round((100 * count) / size)} %`).join(", ")}.`;
  }
}

export const css = (pixel) => `rgb(${pixel & 255},${(pixel >> 8) & 255},${(pixel >> 16) & 255})`;

// A different mark for each class, so that colour need not tell them apart.
function drawMark(context, number, x, y, r) {
  const sides = [0, 4, 4, 3, 5, 10, -3][number % 7];
  if (!sides) return context.arc(x, y, r, 0, 7);
  const turn = number % 7 === 2 ? Math.PI / 4 : sides === -3 ? Math.PI / 2 : -Math.PI / 2, many = Math.abs(sides);
  for (let at = 0; at < many; at++) {
    const angle = turn + (2 * Math.PI * at) / many, far = many === 10 && at % 2 ? r * 0.55 : r * 1.2;
    context[at ? "lineTo" : "moveTo"](x + far * Math.cos(angle), y + far * Math.sin(angle));
  }
  context.closePath();
}
