// What the last hidden layer makes of validation examples: a point each, in the colour and shape of its class.

import { drawn } from "./examples.js";
import { choice, make, nothing, reading } from "./make.js";
import { fitted, percent, said } from "./plot.js";

const HEIGHT = 380, MOVE = 350; // milliseconds in which points go to where they lie next
const KINDS = [["embedding", "PCA"], ["umap", "UMAP"]];
const READ = {
  embedding: "Each point is an example, as the last hidden layer sees it, along the two directions in which that varies most. Classes that lie apart are told apart; a point among others' is taken for one of them.",
  umap: "Each point is an example; what the last hidden layer sees as similar lies close together. Distances between far groups mean little.",
};

export function embedding(place, room) {
  let kind = "embedding", shown = null, under = null, moved = 0, before = null;
  const head = make("div", { class: "chooser" }), words = reading(""), canvas = make("canvas", { role: "img" });
  const key = make("div", { class: "classes" }), hint = make("div", { class: "hint", hidden: true }), empty = nothing(""), other = reading("");
  const body = make("div", { class: "drawn held" }, canvas, hint);
  place.append(head, words, body, key, other, empty);
  canvas.addEventListener("pointermove", (event) => point(event.offsetX, event.offsetY));
  canvas.addEventListener("pointerleave", () => { under = null; hint.hidden = true; });

  // The nearest point under the mouse, with its example.
  function point(x, y) {
    let best = -1, far = 14;
    shown?.places.forEach(([px, py], at) => { const gap = Math.hypot(px - x, py - y); if (gap < far) [best, far] = [at, gap]; });
    if (best === under) return;
    under = best;
    hint.hidden = best < 0;
    if (best < 0) return;
    const number = shown.frame.arrays.get("index").data[best], target = shown.frame.arrays.get("target")?.data[best];
    const title = target === undefined ? "" : named(room, target, shown.classes);
    room.examples.load();
    hint.replaceChildren(drawn(room.examples.find(number), title), make("span", {}, title || `example ${number}`));
    const [px, py] = shown.places[best], right = px > body.clientWidth / 2;
    Object.assign(hint.style, { top: `${Math.max(4, Math.min(py - 20, HEIGHT - 110))}px`, left: right ? "auto" : `${px + 16}px`, right: right ? `${body.clientWidth - px + 16}px` : "auto" });
  }

  return { draw() {
    const there = KINDS.filter(([name]) => room.source.seen(name).length);
    const frame = there.length ? room.source.now(there.some(([name]) => name === kind) ? kind : (kind = there[0][0])) : null;
    empty.hidden = Boolean(frame ?? shown);
    for (const each of [head, words, body, key, other]) each.hidden = !(frame ?? shown);
    if (!frame && !shown) { empty.textContent = room.missing("embedding", "No embedding has been drawn yet."); return; }
    if (head.dataset.shown !== there.join("|")) {
      head.dataset.shown = there.join("|");
      head.replaceChildren(...(there.length > 1 ? [choice("How it is drawn", there, kind, (name) => { kind = name; shown = before = null; room.draw(); })] : []));
    }
    other.textContent = there.length > 1 ? "" : room.data.skipped?.umap ?? ""; // the other picture, and why it is not there
    if (frame && frame !== shown?.frame) [before, moved] = [shown, performance.now()];
    const now = frame ?? shown.frame, part = still() ? 1 : Math.min(1, (performance.now() - moved) / MOVE);
    words.textContent = `${READ[kind]}${now.meta.share ? ` These two show ${percent(now.meta.share)} of what varies.` : ""}`;
    shown = paint(canvas, room, now, before?.frame, part);
    legend(key, room, shown.classes);
    if (part < 1) room.draw(); // on the way from one moment to the next
    return now.step;
  } };
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;

/** What class `target` is called; numbers stay numbers. */
export function named(room, target, classes) {
  return classes ? room.names()?.[target] ?? `class ${target}` : said(target);
}

function paint(canvas, room, frame, before, part) {
  const page = fitted(canvas, HEIGHT), { ink, width } = page, points = frame.arrays.get("points").data, index = frame.arrays.get("index").data;
  const target = frame.arrays.get("target"), classes = target?.data instanceof Int32Array, from = earlier(before, index);
  const at = index.length ? Array.from(index, (number, row) => { const old = from?.get(number), now = [points[2 * row], points[2 * row + 1]]; return old ? [old[0] + (now[0] - old[0]) * part, old[1] + (now[1] - old[1]) * part] : now; }) : [];
  const reach = Math.max(...at.map(([a, b]) => Math.max(Math.abs(a), Math.abs(b))), 1e-9), half = Math.min(width, HEIGHT) / 2 - 12;
  const places = at.map(([a, b]) => [width / 2 + (a / reach) * half * (width > HEIGHT ? Math.min(1.6, width / HEIGHT) : 1), HEIGHT / 2 - (b / reach) * half]);
  const size = places.length > 800 ? 2.5 : 4, [low, high] = classes || !target ? [0, 1] : [Math.min(...target.data), Math.max(...target.data)];
  places.forEach(([x, y], row) => {
    const value = target?.data[row];
    ink.fillStyle = !target ? room.colors.accent : classes ? room.colors.classes[value % 10] : mixed(room, (value - low) / (high - low || 1));
    ink.globalAlpha = 0.8;
    mark(ink, classes ? value : 0, x, y, size);
  });
  ink.globalAlpha = 1;
  canvas.setAttribute("aria-label", `${places.length} validation examples as points, at step ${frame.step}.`);
  return { frame, places, classes };
}

const mixed = (room, share) => { const [a, b] = [room.colors.lines[1], room.colors.lines[0]]; const rgb = (text) => [1, 3, 5].map((place) => parseInt(text.slice(place, place + 2), 16)); return `rgb(${rgb(a).map((value, channel) => Math.round(value + (rgb(b)[channel] - value) * share))})`; };

// Where each example lay a moment ago, by its number.
function earlier(frame, index) {
  if (!frame) return null;
  const points = frame.arrays.get("points").data, found = new Map();
  frame.arrays.get("index").data.forEach((number, row) => found.set(number, [points[2 * row], points[2 * row + 1]]));
  return index.some((number) => found.has(number)) ? found : null;
}

// Shapes as the palette has them: classes are told apart without colour, too.
function mark(ink, kind, x, y, size) {
  const corners = { 1: [4, 0], 2: [4, Math.PI / 4], 3: [3, -Math.PI / 2], 6: [3, Math.PI / 2], 8: [5, -Math.PI / 2], 9: [6, 0] }[kind % 10];
  ink.beginPath();
  if (corners) for (let at = 0; at < corners[0]; at++) ink.lineTo(x + 1.25 * size * Math.cos(corners[1] + (2 * Math.PI * at) / corners[0]), y + 1.25 * size * Math.sin(corners[1] + (2 * Math.PI * at) / corners[0]));
  else if (kind % 10 === 0) ink.arc(x, y, size, 0, 7);
  else for (const [dx, dy] of kind % 10 === 4 ? [[-1, -1], [1, 1], [1, -1], [-1, 1]] : kind % 10 === 7 ? [[-0.35, -1.2], [0.35, -1.2], [0.35, -0.35], [1.2, -0.35], [1.2, 0.35], [0.35, 0.35], [0.35, 1.2], [-0.35, 1.2], [-0.35, 0.35], [-1.2, 0.35], [-1.2, -0.35], [-0.35, -0.35]] : [[0, -1.3], [0.4, -0.4], [1.3, 0], [0.4, 0.4], [0, 1.3], [-0.4, 0.4], [-1.3, 0], [-0.4, -0.4]]) ink.lineTo(x + dx * size, y + dy * size);
  ink.closePath();
  ink.fill();
}

function legend(key, room, classes) {
  const names = classes ? room.names() ?? [] : [], wanted = names.join("|") + room.data.dark;
  if (key.dataset.shown === wanted) return;
  key.dataset.shown = wanted;
  key.replaceChildren(...names.slice(0, 20).map((name, number) => {
    const canvas = make("canvas", { "aria-hidden": "true", width: 28, height: 28 }), ink = canvas.getContext("2d");
    ink.fillStyle = room.colors.classes[number % 10];
    mark(ink, number, 14, 14, 8);
    return make("span", {}, canvas, name);
  }));
}
