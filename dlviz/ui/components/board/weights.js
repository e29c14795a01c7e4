// How a layer's weights are spread before it has learned anything.

import { make } from "./elements.js";
import { shape } from "./make.js";

const asked = new Map(); // what the weights depend on → the answer on its way

/** A fold that fetches and draws the weights' first distribution when it is opened; null for a layer without weights. */
export function weights(board, path, node) {
  if (!node.parameters) return null;
  const place = make("div", { class: "spread" });
  const fold = make("details", { class: "fold" }, make("summary", {}, "Its weights before training"), place);
  const show = () => fill(board, path, place);
  fold.addEventListener("toggle", () => fold.open && show());
  board.addEventListener("view", () => fold.open && fold.isConnected && show());
  return fold;
}

/** Draw into `place` how the weights of a node start, as soon as it is known. */
export async function fill(board, path, place) {
  const { settings, ins } = board.nodes.get(path) ?? {};
  const key = JSON.stringify([board.data.draft, path, settings, ins]);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  if (!asked.has(key)) asked.set(key, fetched(board, path));
  const found = await asked.get(key);
  if (place.dataset.key === key) place.replaceChildren(...drawn(found));
}

async function fetched(board, path) {
  try {
    const answer = await fetch(`/dlviz/board/${board.data.draft}/weights?node=${encodeURIComponent(path)}`);
    return await answer.json();
  } catch {
    return { error: "They did not come. Open this again." };
  }
}

function drawn(found) {
  if (found.error) return [make("p", {}, found.error)];
  if (!found.counts?.length) return [make("p", {}, "It has no weights that are drawn by chance.")];
  return [histogram(found)];
}

function histogram({ bins, counts, mean, std, number, init }) {
  const most = Math.max(...counts, 1);
  const wide = 240 / counts.length;
  const short = (value) => Number(value.toPrecision(2));
  const words = `${number.toLocaleString("en")} weights from ${short(bins[0])} to ${short(bins.at(-1))}, mean ${short(mean)}, spread ${short(std)}`;
  const bars = counts.map((many, place) => {
    const high = (60 * many) / most;
    return shape("rect", { x: place * wide, y: 62 - high, width: Math.max(0.5, wide - 0.6), height: high });
  });
  const drawing = shape("svg", { viewBox: "0 0 240 64", role: "img", "aria-label": words }, ...bars);
  return make("figure", {}, drawing, make("figcaption", {}, `${words}${init ? `: ${init}` : ""}`));
}
