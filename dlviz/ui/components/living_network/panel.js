// One layer in full: all its channels or heads, its weights, its histograms over time, for the chosen example.

import { figure, make } from "./make.js";
import { draw, LABELS } from "./pictures.js";
import { histogramOf, picturesOf, signalsOf } from "./reading.js";

const WIDE = 338, PAGE = 64, MOMENTS = 40;

export class Panel {
  constructor(cards) {
    Object.assign(this, { cards, host: cards.host });
    this.element = make("aside", { class: "panel", hidden: true, tabIndex: -1, onkeydown: (event) => event.key === "Escape" && (event.stopPropagation(), this.close()) });
    this.over = new Map(); // step → the frame of histograms
  }

  show(path) {
    const node = this.cards.cards.get(path).node, name = path.split(".").slice(1).join(".");
    this.path = path;
    this.page = 0;
    this.element.hidden = false;
    this.element.setAttribute("aria-label", `${node.block?.title || node.kind} ${name}`);
    this.table = make("table");
    this.figures = make("div");
    this.time = make("div");
    this.element.replaceChildren(
      make("div", { class: "top" }, make("div", {}, make("b", {}, node.block?.title || node.kind), make("span", {}, [name, node.summary, node.shape && `gives ${node.shape}`].filter(Boolean).join(" · "))),
        make("button", { type: "button", class: "shut", "aria-label": "Close", onclick: () => this.close() }, "×")),
      this.figures, this.time, this.table);
    this.made = new Map();
    this.draw();
    this.#history();
    this.element.focus({ preventScroll: true });
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.path = null;
    this.cards.shut();
  }

  draw() {
    if (!this.path || this.element.hidden) return;
    const { host, path, cards } = this, pictures = picturesOf(host.frames, path, cards.chosen, host.colors, cards.photo(path));
    const wanted = new Set();
    for (const picture of pictures) {
      const key = picture.title;
      wanted.add(key);
      if (!this.made.has(key)) this.made.set(key, this.#figure());
      this.#paint(this.made.get(key), picture);
    }
    for (const [key, { box }] of this.made) if (!wanted.has(key)) { box.remove(); this.made.delete(key); }
    const order = pictures.map((picture) => this.made.get(picture.title).box);
    if (order.some((box, at) => this.figures.children[at] !== box)) this.figures.replaceChildren(...order);
    if (!pictures.length && !this.figures.children.length) this.figures.replaceChildren(make("p", { class: "hint" }, "Nothing has been seen of this layer at this moment."));
    const told = signalsOf(host.frames, path), rows = [
      ["gradient norm of its weights", told.gradient], ["update / weight ratio (about 0.001 is usual)", told.update],
      ["dead units", told.dead, (value) => `${Math.round(100 * value)} %`], ["saturated answers", told.saturated, (value) => `${Math.round(100 * value)} %`],
    ].filter(([, value]) => Number.isFinite(value));
    this.table.replaceChildren(...rows.map(([text, value, say = figure]) => make("tr", {}, make("td", {}, text), make("td", {}, say(value)))));
  }

  #figure() {
    const canvas = make("canvas", { role: "img" }), caption = make("figcaption"), pager = make("div", { class: "row" });
    const made = { canvas, caption, pager, box: make("figure", {}, canvas, caption, pager) };
    canvas.addEventListener("pointermove", (event) => this.#pointed(made, event));
    canvas.addEventListener("pointerleave", () => { made.pointing = false; this.#caption(made, made.picture.about); });
    canvas.addEventListener("click", (event) => this.#clicked(made, event));
    return made;
  }

  #paint(made, picture) {
    made.picture = picture;
    let shown = picture, height = 90;
    if (picture.kind === "grid") {
      const all = picture.tiles.length, start = Math.min(this.page * PAGE, Math.max(0, Math.floor((all - 1) / PAGE) * PAGE));
      shown = { ...picture, tiles: picture.tiles.slice(start, start + PAGE) };
      const { h, w } = shown.tiles[0];
      const columns = Math.min(shown.tiles.length, w / h > 2 ? 2 : shown.tiles.length <= 4 ? 2 : shown.tiles.length <= 16 ? 4 : 8);
      const rows = Math.ceil(shown.tiles.length / columns), tile = (WIDE - 2 * (columns - 1)) / columns;
      height = Math.min(420, rows * ((tile * h) / w) + 2 * (rows - 1));
      if (picture.labels?.length === w && w <= LABELS.most) { // room for the words: one head below the other
        shown.kind = "labelled";
        height = shown.tiles.length * (LABELS.top + h * Math.min(LABELS.cell, (WIDE - LABELS.left) / w) + 6);
      }
      const said = all > PAGE || (picture.of ?? all) > all ? `${start + 1}–${start + shown.tiles.length} of ${picture.of ?? all} shown` : "";
      if (made.said !== said) {
        made.said = said;
        const turn = (by) => { this.page = Math.max(0, Math.min(Math.floor((all - 1) / PAGE), this.page + by)); made.said = null; this.draw(); };
        made.pager.replaceChildren(...(all > PAGE ? [make("button", { type: "button", "aria-label": "Earlier ones", disabled: start === 0, onclick: () => turn(-1) }, "‹"), said, make("button", { type: "button", "aria-label": "Further ones", disabled: start + PAGE >= all, onclick: () => turn(1) }, "›")] : [said].filter(Boolean)));
      }
    } else if (picture.kind === "matrix") height = Math.max(40, Math.min(260, (WIDE * picture.h) / picture.w));
    if (made.canvas.style.height !== `${height}px`) made.canvas.style.height = `${height}px`;
    made.places = draw(made.canvas, shown, WIDE, height, this.host.colors);
    made.canvas.classList.toggle("touchable", Boolean(picture.edits));
    if (!made.pointing) this.#caption(made, picture.about);
    made.canvas.setAttribute("aria-label", `${picture.title}. ${picture.about}`);
  }

  #caption(made, text) {
    if (made.told === text) return;
    made.told = text;
    made.caption.replaceChildren(make("b", {}, made.picture.title), ` ${text}`);
  }

  #at(made, event) {
    const box = made.canvas.getBoundingClientRect(), x = ((event.clientX - box.left) * WIDE) / box.width, y = event.clientY - box.top;
    const found = made.places?.tiles?.find((each) => x >= each.x && y >= each.y && x < each.x + each.w && y < each.y + each.h), tile = found?.tile;
    if (tile) return { tile, cell: [Math.floor(((y - found.y) / found.h) * tile.h), Math.floor(((x - found.x) / found.w) * tile.w)] };
    return { cell: made.places?.cell?.(x, y) };
  }

  #pointed(made, event) {
    const { tile, cell } = this.#at(made, event), { picture } = made;
    made.pointing = true;
    const value = cell && picture.edits ? this.host.weights.at(picture.path, "weight", cell) : undefined;
    this.#caption(made, cell && picture.tell ? picture.tell(cell, tile) : tile ? `${tile.name}. ${picture.about}` : value !== undefined ? `unit ${cell[0] + 1}, input ${cell[1] + 1}: ${figure(value)}. Click to change it.` : picture.about);
  }

  #clicked(made, event) {
    const { cell } = this.#at(made, event), { picture } = made;
    if (!cell || !picture.edits) return;
    const name = picture.path.split(".").slice(1).join(".");
    this.host.edit({ path: picture.path, name: "weight", index: cell, title: `${name}: weight of input ${cell[1] + 1} in unit ${cell[0] + 1}` }, null, event);
  }

  // Histograms over time: those of the kept moments up to the one that is shown, evenly spread.
  async #history() {
    const { source } = this.host, path = this.path, list = source.list.filter((moment) => moment.names.includes("histograms"));
    const chosen = list.filter((_, at) => at % Math.max(1, Math.ceil(list.length / MOMENTS)) === 0 || at === list.length - 1);
    if (chosen.length < 3) return;
    const frames = [];
    for (const moment of chosen) {
      frames.push([moment.step, await source.frame("histograms", moment)]);
      if (this.path !== path) return;
    }
    const bands = [];
    for (const [name, title] of [["activation", "Answers over time"], ["weight", "Weights over time"], ["gradient", "Gradients over time"]]) {
      const columns = frames.map(([, frame]) => histogramOf(frame, path, name, title)).filter(Boolean);
      if (columns.length < 3) continue;
      const low = Math.min(...columns.map((each) => each.low)), high = Math.max(...columns.map((each) => each.high));
      const canvas = make("canvas", { role: "img", "aria-label": `${title}, from ${figure(low)} to ${figure(high)}`, style: "height:84px" });
      draw(canvas, { kind: "band", columns, low, high }, WIDE, 84, this.host.colors);
      bands.push(make("figure", {}, canvas, make("figcaption", {}, make("b", {}, title), ` from step ${chosen[0].step} to ${chosen.at(-1).step}, values from ${figure(low)} below to ${figure(high)} above; the darker, the more.`)));
    }
    this.time.replaceChildren(...bands);
  }
}
