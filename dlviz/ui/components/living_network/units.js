// A network on data of the plane: every unit with its own surface, the weights as lines between them.

import { Large } from "./large.js";
import { figure, make, signed } from "./make.js";
import { paint, surfaces } from "./surface.js";
import { cornerOf, edges, layout, nearest, shown } from "./units_layout.js";

const FAINT_MANY = 150; // lines beyond which each is drawn thinner

export class Units {
  constructor(host, role, view) {
    Object.assign(this, { host, role, view });
    this.from = view.layers.map(() => 0);
    this.lines = make("canvas", { class: "lines", "aria-hidden": "true" });
    this.over = make("canvas", { class: "lines over", "aria-hidden": "true" });
    this.tip = make("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    this.stage = make("div", { class: "stage", role: "group", "aria-label": this.#told(), onpointermove: (event) => this.#moved(event), onpointerleave: () => this.#left(), onclick: (event) => this.#clicked(event), onkeydown: (event) => this.#typed(event) });
    this.scroll = make("div", { class: "scroll" }, this.stage);
    this.large = new Large(host, role, view);
    this.drawing = make("div", { class: "drawing" }, this.scroll, make("p", { class: "key" }, make("i", { class: "positive", "aria-hidden": "true" }), "blue: positive weight", make("i", { class: "negative", "aria-hidden": "true" }), "orange, dashed: negative", make("span", {}, "the broader, the larger")));
    this.element = make("section", { class: "units", onfocusout: (event) => this.#leftBy(event.relatedTarget) }, this.drawing, this.large.element);
    this.needs = ["neurons", "weights"];
    this.buttons = new Map();
    this.at = [view.layers.findIndex((layer) => layer.role !== "input"), 0];
    new ResizeObserver(() => this.scroll.clientWidth !== this.room && this.place()).observe(this.scroll);
  }

  /** Put everything where it belongs; after a page was turned or the room has changed. */
  place() {
    this.room = this.scroll.clientWidth;
    if (!this.room) return;
    const { layers } = this.view, placed = (this.placed = layout(layers, this.from, this.room));
    this.edges = edges(layers, placed);
    this.stage.style.cssText = `width:${placed.width}px;height:${placed.height}px`;
    const dpr = (this.dpr = Math.min(2, window.devicePixelRatio || 1));
    for (const canvas of [this.lines, this.over]) {
      [canvas.width, canvas.height] = [Math.round(placed.width * dpr), Math.round(placed.height * dpr)];
      canvas.style.cssText = `width:${placed.width}px;height:${placed.height}px`;
    }
    const had = document.activeElement?.dataset?.unit;
    this.buttons.clear();
    const heads = [], units = [];
    layers.forEach((layer, at) => {
      const place = placed.layers[at];
      heads.push(this.#head(layer, at, place));
      for (let unit = place.from; unit < place.from + place.many; unit++) units.push(this.#unit(at, unit, place));
    });
    this.stage.replaceChildren(this.lines, this.over, ...heads, ...units, this.tip);
    this.#tabbable();
    if (had) this.buttons.get(had)?.button.focus({ preventScroll: true });
    this.draw();
  }

  #head(layer, at, place) {
    const wide = Math.min(this.placed.gap || 200, 190) - 6, left = place.x + place.size / 2 - wide / 2;
    const name = layer.role === "input" ? "input" : layer.nodes[0].path.split(".").slice(1).join(".");
    const kinds = layer.nodes.slice(layer.role === "input" ? 1 : 0).map((node) => node.kind).join(" · ");
    const many = layer.units > shown(layer) ? `${place.many} of ${layer.units} shown` : `${layer.units} ${layer.units === 1 ? "unit" : "units"}`;
    const first = this.placed.layers.every((other, number) => number >= at || other.column !== place.column);
    const head = make("div", { class: "head", style: `left:${left}px;width:${wide}px;top:${first ? 0 : place.y - 30}px` }, make("b", {}, name), make("span", {}, layer.role === "input" ? this.host.view.names.join(", ") : kinds));
    if (layer.units <= shown(layer)) return head;
    const page = shown(layer), turn = (by) => { this.from[at] = Math.max(0, Math.min(Math.floor((layer.units - 1) / page) * page, this.from[at] + by * page)); this.place(); this.host.say(`${layer.nodes[0].path}: units ${this.from[at] + 1} to ${Math.min(layer.units, this.from[at] + page)} of ${layer.units}.`); };
    const bottom = place.y + place.many * place.pitch + 2;
    const pager = make("div", { class: "pager", style: `left:${left}px;width:${wide}px;top:${bottom}px` },
      make("button", { type: "button", disabled: this.from[at] === 0, "aria-label": `Earlier units of ${name}`, onclick: () => turn(-1) }, "‹"), make("span", {}, many),
      make("button", { type: "button", disabled: this.from[at] + page >= layer.units, "aria-label": `Further units of ${name}`, onclick: () => turn(1) }, "›"));
    const both = document.createDocumentFragment();
    both.append(head, pager);
    return both;
  }

  #unit(layer, unit, place) {
    const [x, y] = cornerOf(place, unit), canvas = make("canvas", { width: 1, height: 1 });
    const button = make("button", {
      type: "button", class: `unit ${this.view.layers[layer].role}`, tabIndex: -1, style: `left:${x}px;top:${y}px;width:${place.size}px;height:${place.size}px`,
      onpointerenter: () => this.#look({ layer, unit }), onfocus: () => { this.at = [layer, unit]; this.#tabbable(); this.#look({ layer, unit }, true); },
      onclick: (event) => { event.stopPropagation(); this.#pin({ layer, unit }); },
    }, canvas);
    const key = `${layer}.${unit}`;
    button.dataset.unit = key;
    this.buttons.set(key, { button, canvas, layer, unit });
    return button;
  }

  /** Draw what the newest figures say. */
  draw() {
    if (!this.placed) return;
    const { host } = this, frame = host.frames.neurons;
    for (const { button, canvas, layer, unit } of this.buttons.values()) {
      const found = surfaces(frame, this.view.layers[layer].shown);
      if (found && unit < found.many) {
        if (layer !== undefined && this.view.layers[layer].role === "input") this.#input(canvas, found, unit);
        else paint(canvas, found, unit, host.colors.diverging);
        button.classList.add("drawn");
      } else button.classList.remove("drawn");
      button.setAttribute("aria-label", this.#labelled(layer, unit));
    }
    this.#drawLines();
    this.#drawOver();
    this.large.draw();
  }

  #input(canvas, found, unit) { paint(canvas, found, unit, this.host.colors.diverging); }

  #drawLines() {
    const context = this.lines.getContext("2d"), { colors, weights } = this.host;
    context.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
    context.clearRect(0, 0, this.placed.width, this.placed.height);
    const many = this.edges.length, thin = many > FAINT_MANY ? 0.7 : 1;
    for (const edge of this.edges) edge.weight = edge.path ? weights.at(edge.path, "weight", edge.index) : undefined;
    const ordered = [...this.edges].sort((a, b) => Math.abs(a.weight ?? 0) - Math.abs(b.weight ?? 0));
    for (const edge of ordered) stroke(context, edge, colors, thin, 1);
  }

  // The lines of what is looked at, above the others.
  #drawOver() {
    const context = this.over.getContext("2d"), { colors } = this.host, unit = this.looked;
    context.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
    context.clearRect(0, 0, this.placed.width, this.placed.height);
    const edited = (edge) => edge.path && this.host.editor.holds(edge.path, edge.index);
    this.lines.classList.toggle("faded", Boolean(unit || this.line) || this.edges.some(edited));
    const mine = (edge) => unit && ((edge.to[0] === unit.layer && edge.to[1] === unit.unit) || (edge.from[0] === unit.layer && edge.from[1] === unit.unit && this.view.layers[unit.layer].role === "input"));
    for (const edge of this.edges) if (edge === this.line || mine(edge) || edited(edge)) stroke(context, edge, colors, 1.15, 1.6);
  }

  #look(unit, focused = false) {
    this.looked = unit;
    this.line = null;
    this.tip.hidden = true;
    this.large.show(unit ?? this.pinned ?? null);
    if (this.placed) this.#drawOver();
    for (const [key, { button }] of this.buttons) button.classList.toggle("looked", unit ? key === `${unit.layer}.${unit.unit}` : false);
    if (focused) this.#reveal(unit);
  }

  #pin(unit) {
    const same = this.pinned?.layer === unit.layer && this.pinned?.unit === unit.unit;
    this.pinned = same ? null : unit;
    for (const [key, { button }] of this.buttons) {
      const is = Boolean(this.pinned) && key === `${unit.layer}.${unit.unit}`;
      button.classList.toggle("pinned", is);
      button.setAttribute("aria-pressed", is);
    }
    this.#look(unit);
  }

  #moved(event) {
    if (event.pointerType === "touch" || event.target.closest("button")) return;
    const [x, y] = this.#place(event), line = nearest(this.edges ?? [], x, y);
    if (this.looked) this.#look(null);
    if (line !== this.line) { this.line = line; this.#drawOver(); }
    this.stage.classList.toggle("on-line", Boolean(line));
    this.tip.hidden = !line;
    if (!line) return;
    const what = this.host.weightOf(this.view, line);
    this.tip.textContent = `weight ${signed(this.host.weights.at(what.path, "weight", what.index))} · click to change it`;
    this.tip.style.cssText = `left:${Math.min(x + 12, this.placed.width - this.tip.offsetWidth - 4)}px;top:${Math.max(2, y - 30)}px`;
  }

  #left() {
    this.line = null;
    this.tip.hidden = true;
    if (!this.stage.contains(document.activeElement)) this.#look(this.pinned);
    else if (this.placed) this.#drawOver();
  }

  // The keyboard goes elsewhere: the large picture is what the network answers again, as where the mouse leaves.
  #leftBy(next) {
    if (this.looked && document.hasFocus() && !this.element.contains(next) && !this.host.editor.box.contains(next)) this.#look(this.pinned ?? null);
  }

  #clicked(event) {
    const [x, y] = this.#place(event), line = nearest(this.edges ?? [], x, y, event.pointerType === "touch" ? 14 : 7);
    this.tip.hidden = true;
    if (line) this.host.edit(this.host.weightOf(this.view, line), null, event);
    else { this.pinned = null; this.#look(null); this.place(); }
  }

  #place(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // Arrows walk among the units; Enter goes to the weights of a unit, Escape back.
  #typed(event) {
    const [layer, unit] = this.at, { layers } = this.view;
    const beside = (by) => {
      const columns = layers.map((each) => each.column), wanted = layers[layer].column + by;
      const other = columns.indexOf(wanted);
      if (other < 0) return null;
      const place = this.placed.layers[other], old = this.placed.layers[layer];
      const y = old.y + (unit - old.from) * old.pitch;
      return [other, place.from + Math.max(0, Math.min(place.many - 1, Math.round((y - place.y) / place.pitch)))];
    };
    const below = (by) => {
      const place = this.placed.layers[layer], to = unit + by;
      if (to >= place.from && to < place.from + place.many) return [layer, to];
      const other = layers.findIndex((each, at) => at !== layer && each.column === layers[layer].column && (by > 0 ? at > layer : at < layer));
      return other < 0 ? null : [other, by > 0 ? this.placed.layers[other].from : this.placed.layers[other].from + this.placed.layers[other].many - 1];
    };
    const go = { ArrowLeft: () => beside(-1), ArrowRight: () => beside(1), ArrowUp: () => below(-1), ArrowDown: () => below(1) }[event.key];
    if (go) {
      event.preventDefault();
      const to = go();
      if (to) this.buttons.get(to.join("."))?.button.focus({ preventScroll: true });
    } else if (event.key === "Enter" && event.target.closest(".unit")) {
      event.preventDefault();
      this.#pin({ layer, unit });
      if (this.pinned) (this.large.facts.querySelector("button:not(:disabled)") ?? event.target).focus({ preventScroll: true });
    } else if (event.key === "Escape") {
      this.pinned = null;
      this.#look({ layer, unit });
    }
  }

  /** Escape among the weights leads back to the unit. */
  back() { this.buttons.get(this.at.join("."))?.button.focus({ preventScroll: true }); }

  #tabbable() {
    if (!this.buttons.has(this.at.join("."))) this.at = [this.at[0], this.placed.layers[this.at[0]].from];
    for (const [key, { button }] of this.buttons) button.tabIndex = key === this.at.join(".") ? 0 : -1;
  }

  // The page stays where it is; only the network's own box is scrolled.
  #reveal({ layer }) {
    const place = this.placed.layers[layer], { scrollLeft, clientWidth } = this.scroll;
    if (place.x < scrollLeft + 8) this.scroll.scrollLeft = place.x - 40;
    else if (place.x + place.size > scrollLeft + clientWidth - 8) this.scroll.scrollLeft = place.x + place.size + 40 - clientWidth;
  }

  #labelled(layer, unit) {
    const each = this.view.layers[layer], bias = each.path ? this.host.weights.at(each.path, "bias", [unit]) : undefined;
    return `${this.host.nameOf(this.view, { layer, unit })}${bias === undefined ? "" : `, bias ${figure(bias)}`}`;
  }

  #told() {
    const hidden = this.view.layers.filter((layer) => layer.role === "hidden").map((layer) => layer.units);
    return `The network: 2 inputs, ${hidden.length ? `hidden layers of ${hidden.join(", ")} units` : "no hidden layer"}, ${this.view.layers.at(-1).units} outputs. Arrows walk among the units, Enter shows the weights of one.`;
  }
}

// A line as its weight says: broad for a large one, blue for a positive, orange and dashed for a negative one.
function stroke(context, { controls, weight, path }, colors, broad, strong) {
  const [a, b, c, d] = controls, size = Math.abs(weight ?? 0), share = size / (size + 1);
  context.beginPath();
  context.moveTo(...a);
  context.bezierCurveTo(...b, ...c, ...d);
  context.lineWidth = weight === undefined ? 1 : (0.4 + 5.4 * share) * broad;
  context.strokeStyle = !path ? colors.ground.faint : weight === undefined ? colors.ground.line : weight < 0 ? colors.ground.negative : colors.ground.positive;
  context.globalAlpha = !path ? 0.7 : weight === undefined ? 0.9 : Math.min(1, (0.12 + 0.88 * share) * strong);
  context.setLineDash(weight < 0 ? [5, 3.5] : []);
  context.stroke();
  context.globalAlpha = 1;
  context.setLineDash([]);
}
