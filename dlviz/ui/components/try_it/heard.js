// What a network heard: its picture of the sound, and for speech the curve of each symbol below it, on the same time.

const WIDE = 640, HIGH = 150, ROOM = 22;
const COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A6FDF", "#7A7A4F"];

// The spectrogram, as wide as the page.
export function picture(make, found) {
  const { height, width, bytes } = found.picture, canvas = make("canvas", { width, height, class: "spectrogram", role: "img" });
  const numbers = atob(bytes), context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let place = 0; place < width * height; place += 1) {
    const grey = numbers.charCodeAt(place);
    image.data.set([grey, grey, grey, 255], 4 * place);
  }
  context.putImageData(image, 0, 0);
  canvas.setAttribute("aria-label", `What the network hears of it: ${found.read.toFixed(2)} seconds, time to the right, pitch upwards`);
  const cut = found.cut ? ` of ${found.whole.toFixed(2)} s; the rest is cut off` : "";
  return make("figure", { class: "seen" }, canvas, make("figcaption", {}, `0 s … ${found.window.toFixed(2)} s. Heard: ${found.read.toFixed(2)} s${cut}.`));
}

// Curves of how likely each symbol is at each moment, named where it is chosen.
export function curves(make, answer) {
  const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg");
  const add = (tag, options, text) => {
    const made = document.createElementNS(ns, tag);
    for (const [name, value] of Object.entries(options)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    svg.append(made);
  };
  svg.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH}`);
  svg.setAttribute("class", "curves");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `When it hears what: ${answer.places.map(([name]) => name).join(" ")}`);
  const x = (step) => ((step + 0.5) / answer.moments) * WIDE, y = (p) => ROOM + (1 - p) * (HIGH - ROOM - 4);
  add("line", { x1: 0, x2: WIDE, y1: y(0), y2: y(0), class: "ground" });
  const color = new Map(answer.curves.map(([name], place) => [name, COLORS[place % COLORS.length]]));
  for (const [name, row] of answer.curves) {
    add("polyline", { points: row.map((p, step) => `${x(step).toFixed(1)},${y(p).toFixed(1)}`).join(" "), stroke: color.get(name), class: "curve" });
  }
  for (const [name, step, p] of answer.places) add("text", { x: x(step), y: y(p) - 5, fill: color.get(name) ?? "currentColor", class: "symbol" }, name);
  return svg;
}

// The text, its curves, and what else it may have been.
export function heard(make, answer, bars) {
  const parts = [make("p", { class: "said" }, answer.text || "(nothing)"), curves(make, answer)];
  const texts = answer.texts.filter(([, p]) => p > 0.001);
  if (texts.length) parts.push(make("div", {}, make("h4", {}, "What it may have been, by a beam of 16"), bars(texts.map(([text, p]) => [text || "(nothing)", p]))));
  return make("div", { class: "heard" }, parts);
}
