// One signal of every layer over time: a line each, and beside it a list with the value at the shown moment.

import { choice, make, nothing, reading } from "./make.js";
import { axes, fitted, momentLine, percent, powers, said, scale, ticks } from "./plot.js";

const HEIGHT = 370;
/** signal → what it is called, how it is read, whether its axis is logarithmic, the range that is healthy */
const SIGNALS = {
  update: { words: "Update / weight", log: true, band: [3e-4, 3e-3],
    reading: "How far one step moves a layer's weights, against how large they are. About 1 in 1,000 (the band) is healthy: far below, the layer hardly learns; far above, it jumps about." },
  gradient: { words: "Gradient", log: true,
    reading: "How hard the loss pulls at each layer. Lines far apart mean that some layers get almost nothing (vanishing gradients); lines that climb mean that they explode." },
  dead: { words: "Dead units", share: true,
    reading: "The share of units that are 0 for every example looked at. They get no gradient, so they may never come back." },
  saturated: { words: "Saturated units", share: true,
    reading: "The share of outputs that lie at the flat ends of a sigmoid or tanh, where hardly any gradient passes." },
  weight: { words: "Size of weights", log: true,
    reading: "The length of each layer's weights. Regularizers hold it down; a line that climbs steeply belongs to a layer that has lost its hold." },
  activation_std: { words: "Spread of activations", log: true,
    reading: "How much a layer's outputs differ among examples. Near 0 it says the same of everything; ever larger from layer to layer, signals explode." },
};

export function layers(place, room) {
  let signal = null, chosen = null;
  const head = make("div", { class: "chooser" }), words = reading(""), canvas = make("canvas", { role: "img" }), list = make("ul", { class: "lines" });
  const body = make("div", { class: "beside" }, make("div", { class: "drawn" }, canvas), list), empty = nothing("");
  place.append(head, words, body, empty);
  canvas.addEventListener("pointermove", (event) => hover(event.offsetX, event.offsetY));
  canvas.addEventListener("pointerleave", () => { chosen = null; room.draw(); });
  let drawn = null;

  function hover(x, y) {
    if (!drawn) return;
    let best = null;
    for (const line of drawn.lines)
      for (const [px, py] of line.points) {
        const far = Math.abs(px - x) / 4 + Math.abs(py - y);
        if (far < 24 && (!best || far < best.far)) best = { far, path: line.path };
      }
    if (best?.path !== chosen) { chosen = best?.path ?? null; room.draw(); }
  }

  function show(name) { signal = name; chosen = null; room.draw(); }

  return { draw() {
    const columns = room.source.signals ?? {};
    const there = Object.keys(SIGNALS).filter((name) => pathsOf(columns, name).length);
    empty.hidden = there.length > 0;
    body.hidden = words.hidden = head.hidden = !there.length;
    if (!there.length) { empty.textContent = room.source.loaded ? "No signal yet: the first are measured within the first seconds of a training; one that is shorter has none." : "Loading …"; return; }
    if (!there.includes(signal)) signal = there[0];
    if (head.dataset.shown !== there.join()) {
      head.dataset.shown = there.join();
      head.replaceChildren(choice("Signal", there.map((name) => [name, SIGNALS[name].words]), signal, show));
    }
    words.textContent = SIGNALS[signal].reading;
    drawn = plot(canvas, room, columns, signal, chosen);
    legend(list, room, drawn, signal, chosen, (path) => { chosen = path; room.draw(); });
  } };
}

export const pathsOf = (columns, signal) => Object.keys(columns).filter((name) => name.startsWith(`${signal}.`));

function plot(canvas, room, columns, signal, chosen) {
  const about = SIGNALS[signal], colors = room.colors, page = fitted(canvas, HEIGHT), { ink, width } = page;
  const box = { left: 58, right: width - 10, top: 10, bottom: HEIGHT - 26 }, steps = columns.step ?? [];
  const names = pathsOf(columns, signal), all = names.flatMap((name) => columns[name]).filter((value) => Number.isFinite(value) && (!about.log || value > 0));
  const [low, high] = about.share ? [0, 1] : spread(all, about);
  const [first, last] = [steps[0] ?? 0, Math.max(steps.at(-1) ?? 1, (steps[0] ?? 0) + 1)];
  const x = scale(first, last, box.left, box.right), y = scale(low, high, box.bottom, box.top, about.log);
  if (about.band) band(ink, colors, box, y, about.band, low, high);
  axes(page, colors, box, x, y, ticks(first, last, width < 500 ? 3 : 6), about.log ? powers(low, high) : ticks(low, high, 5), about.share ? percent : said);
  const lines = names.map((name, number) => ({ path: name.slice(signal.length + 1), name, look: look(colors, number), points: [], at: null }));
  const shown = room.source.at;
  for (const line of lines) {
    columns[line.name].forEach((value, at) => {
      if (!Number.isFinite(value) || (about.log && value <= 0)) return;
      line.points.push([x(steps[at]), y(value)]);
      if (steps[at] <= shown) line.at = value;
    });
    paint(ink, line, chosen && chosen !== line.path ? 0.2 : 1, chosen === line.path ? 3.5 : 2);
  }
  ink.globalAlpha = 1;
  momentLine(page, colors, box, x, room.source.past, first, last);
  canvas.setAttribute("aria-label", `${about.words} by layer: ${lines.map((line) => `${line.path} ${(about.share ? percent : said)(line.at)}`).join(", ")}.`);
  return { lines, about };
}

function paint(ink, line, alpha, wide) {
  [ink.globalAlpha, ink.strokeStyle, ink.fillStyle, ink.lineWidth] = [alpha, line.look.color, line.look.color, wide];
  ink.setLineDash(line.look.dash);
  ink.beginPath();
  line.points.forEach(([px, py], number) => (number ? ink.lineTo(px, py) : ink.moveTo(px, py)));
  ink.stroke();
  ink.setLineDash([]);
  if (line.points.length <= 40) for (const [px, py] of line.points) { ink.beginPath(); ink.arc(px, py, 3, 0, 7); ink.fill(); }
}

/** A colour and a dash: eight colours, then the same again dashed, then dotted. */
export function look(colors, number) {
  return { color: colors.lines[number % 8], dash: [[], [7, 4], [2, 3]][Math.floor(number / 8) % 3] };
}

function spread(values, about) {
  if (!values.length) return about.log ? [1e-4, 1e-2] : [0, 1];
  let [low, high] = [Math.min(...values, ...(about.band ?? [])), Math.max(...values, ...(about.band ?? []))];
  if (about.log) { low /= 1.3; high *= 1.3; if (high / low < 10) { low /= 3; high *= 3; } }
  return [low, high > low ? high : low + 1];
}

function band(ink, colors, box, y, [low, high], from, to) {
  const [top, bottom] = [y(Math.min(high, to)), y(Math.max(low, from))];
  [ink.fillStyle, ink.globalAlpha] = [colors.lines[2], 0.13];
  ink.fillRect(box.left, top, box.right - box.left, bottom - top);
  [ink.globalAlpha, ink.fillStyle, ink.textAlign] = [1, colors.faint, "right"];
  ink.fillText("healthy", box.right - 6, top + 9);
}

function legend(list, room, drawn, signal, chosen, choose) {
  const key = `${signal}|${drawn.lines.map((line) => line.path).join()}`;
  if (list.dataset.shown !== key) {
    list.dataset.shown = key;
    list.replaceChildren(...drawn.lines.map((line) => make("li", { "data-path": line.path, onpointerenter: () => choose(line.path), onpointerleave: () => choose(null) },
      swatch(line.look), make("span", { class: "path" }, line.path), make("b", {}))));
  }
  for (const [number, item] of [...list.children].entries()) {
    item.querySelector("b").textContent = (drawn.about.share ? percent : said)(drawn.lines[number].at);
    item.querySelector("line").setAttribute("stroke", drawn.lines[number].look.color);
    item.classList.toggle("chosen", item.dataset.path === chosen);
  }
}

function swatch({ color, dash }) {
  const span = make("span", { class: "swatch", "aria-hidden": "true" });
  span.innerHTML = `<svg width="22" height="8"><line x1="0" y1="4" x2="22" y2="4" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash.join(" ")}"/></svg>`;
  return span;
}
