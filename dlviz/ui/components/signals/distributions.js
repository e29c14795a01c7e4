// How the numbers of every layer are spread, over time: a band a layer (dark where many numbers lie), and beside it the
// spread at the shown moment.

import { choice, make, nothing, reading } from "./make.js";
import { fitted, grouped, momentLine, said, scale, shade, stroke } from "./plot.js";

const ROW = 96, PROFILE = 110, MOMENTS = 60, BINS = 48;
const WHAT = {
  weight: ["Weights", "Each column is one moment; dark is where most of the layer's weights lie. They begin in a narrow band and spread as the layer learns; a band that stays as it began has learned nothing."],
  gradient: ["Gradients", "How the pulls on the weights of a layer are spread. A band that shrinks to a thin line at 0 means that hardly anything arrives there."],
  activation: ["Activations", "What the layer gives for the examples looked at. All at 0 means dead units, all at the two ends saturated ones."],
};

export function distributions(place, room) {
  let what = "activation", under = null;
  const show = (name) => { what = name; room.draw(); };
  const words = reading(""), canvas = make("canvas", { role: "img" }), told = make("p", { class: "told", "aria-live": "off" }), empty = nothing("");
  const body = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Distributions by layer" }, make("div", { class: "drawn" }, canvas));
  const head = make("div", { class: "chooser" }, choice("What is spread", Object.entries(WHAT).map(([name, [title]]) => [name, title]), what, show));
  place.append(head, words, body, told, empty);
  canvas.addEventListener("pointermove", (event) => { under = [event.offsetX, event.offsetY]; room.draw(); });
  canvas.addEventListener("pointerleave", () => { under = null; room.draw(); });

  return { draw() {
    const moments = room.source.seen("histograms", MOMENTS);
    const frames = moments.map(({ step }) => room.source.frame(step, "histograms")).filter(Boolean);
    const newest = frames.at(-1), paths = newest ? Object.keys(newest.meta.nodes).filter((path) => newest.meta.nodes[path][what]) : [];
    empty.hidden = paths.length > 0;
    for (const each of [words, body, told]) each.hidden = !paths.length;
    if (!paths.length) { empty.textContent = newest ? "No layer has such numbers." : room.missing("histograms", "No distribution has been drawn yet."); return; }
    words.textContent = WHAT[what][1];
    told.textContent = paint(canvas, room, frames, paths, what, under) ?? `${frames.length} ${frames.length === 1 ? "moment" : "moments"}. Rest over a band to read it.`;
    return newest.step;
  } };
}

function paint(canvas, room, frames, paths, what, under) {
  const colors = room.colors, page = fitted(canvas, paths.length * ROW), { ink, width } = page;
  const box = { left: 62, right: width - PROFILE - 12 }, steps = frames.map((frame) => frame.step);
  const x = scale(steps[0], Math.max(steps.at(-1), steps[0] + 1), box.left, box.right);
  let told = null;
  paths.forEach((path, number) => {
    const top = number * ROW + 22, bottom = top + ROW - 30;
    const found = frames.map((frame) => ({ step: frame.step, ends: frame.meta.nodes[path]?.[what], counts: frame.arrays.get(`${path}.${what}`)?.data })).filter((each) => each.ends && each.counts);
    const [low, high] = [Math.min(...found.map(({ ends }) => ends[0])), Math.max(...found.map(({ ends }) => ends[1]))];
    const y = scale(low, high, bottom, top), columns = found.map((each) => column(each, low, high));
    ink.textAlign = "left";
    ink.fillStyle = colors.ink;
    ink.fillText(path, box.left, top - 11);
    ink.textAlign = "right";
    ink.fillStyle = colors.faint;
    ink.fillText(said(high), box.left - 6, top + 5);
    ink.fillText(said(low), box.left - 6, bottom - 5);
    columns.forEach((shares, at) => {
      const from = x(found[at].step), to = at + 1 < found.length ? x(found[at + 1].step) : box.right, most = Math.max(...shares);
      shares.forEach((share, bin) => {
        ink.fillStyle = `rgb(${shade(colors.sequential, Math.sqrt(share / (most || 1)))})`;
        ink.fillRect(from, bottom - ((bin + 1) / BINS) * (bottom - top), Math.max(to - from, 2) + 0.5, (bottom - top) / BINS + 0.5);
      });
    });
    profile(ink, colors, columns.at(-1) ?? [], box.right + 12, width - 8, top, bottom);
    if (low < 0 && high > 0) { ink.strokeStyle = colors.faint; ink.lineWidth = 0.75; stroke(ink, box.left, y(0), width - 8, y(0)); }
    momentLine(page, colors, { top, bottom }, x, room.source.past, steps[0], steps.at(-1));
    if (under && under[1] >= top && under[1] <= bottom && under[0] >= box.left) told = read(path, found, x.back(under[0]));
  });
  ink.textAlign = "left";
  canvas.setAttribute("aria-label", `${WHAT[what][0]} of ${paths.length} ${paths.length === 1 ? "layer" : "layers"} from step ${grouped(steps[0])} to ${grouped(steps.at(-1))}. ${paths.map((path) => read(path, [{ step: frames.at(-1).step, ends: frames.at(-1).meta.nodes[path][what], counts: frames.at(-1).arrays.get(`${path}.${what}`).data }], Infinity)).join(" ")}`);
  return told;
}

// The counts of one moment on the scale that all moments of a layer share.
function column({ ends: [from, to], counts }, low, high) {
  const shares = new Array(BINS).fill(0), span = high - low || 1;
  counts.forEach((count, bin) => {
    const [start, end] = [from + ((to - from) * bin) / counts.length, from + ((to - from) * (bin + 1)) / counts.length];
    const [first, last] = [((start - low) / span) * BINS, ((end - low) / span) * BINS];
    for (let at = Math.max(0, Math.floor(first)); at < Math.min(BINS, Math.ceil(last)); at++)
      shares[at] += (count * (Math.min(last, at + 1) - Math.max(first, at))) / (last - first || 1);
  });
  return shares;
}

function profile(ink, colors, shares, left, right, top, bottom) {
  const most = Math.max(...shares, 1e-9), tall = (bottom - top) / BINS;
  ink.fillStyle = colors.accent;
  ink.globalAlpha = 0.75;
  ink.beginPath();
  ink.moveTo(left, bottom);
  shares.forEach((share, bin) => ink.lineTo(left + (share / most) * (right - left), bottom - (bin + 0.5) * tall));
  ink.lineTo(left, top);
  ink.fill();
  ink.globalAlpha = 1;
}

// "model.fc1 at step 120: 4,096 numbers from -0.3 to 0.3, half of them between -0.05 and 0.06."
function read(path, found, step) {
  const at = found.filter((each) => each.step <= step).at(-1) ?? found[0];
  if (!at) return null;
  const [low, high] = at.ends, total = at.counts.reduce((sum, count) => sum + count, 0);
  const quantile = (share) => { let sum = 0; for (let bin = 0; bin < at.counts.length; bin++) { sum += at.counts[bin]; if (sum >= share * total) return low + ((high - low) * (bin + 0.5)) / at.counts.length; } return high; };
  return `${path} at step ${grouped(at.step)}: from ${said(low)} to ${said(high)}, half of the numbers between ${said(quantile(0.25))} and ${said(quantile(0.75))}.`;
}
