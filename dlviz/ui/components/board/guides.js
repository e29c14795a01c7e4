// Snapping: to the middle or the edges of other nodes, else to the grid.

import { shape } from "./make.js";

export const GRID = 8;
const NEAR = 6; // pixels of the screen

/**
 * The way `by` that the nodes in `from` really move when pulled by `wanted`, led by `path`, and the guide lines to show
 * as [x0, y0, x1, y1].
 */
export function guided(canvas, from, path, wanted, zoom) {
  const [x, y, w, h] = from.get(path);
  const moved = [x + wanted[0], y + wanted[1]];
  const scope = canvas.board.scope(path);
  const others = [...canvas.boxes].filter(([other]) => !from.has(other) && canvas.board.scope(other) === scope).map(([, box]) => box);
  const lines = [];
  const snapped = [0, 1].map((axis) => {
    const long = axis ? h : w;
    let best = null;
    for (const box of others) {
      const far = Math.hypot(box[0] - moved[0], box[1] - moved[1]);
      if (far > 900) continue;
      for (const part of axis ? [0.5, 0, 1] : [0, 0.5, 1]) {
        const line = box[axis] + box[axis + 2] * part;
        const off = line - (moved[axis] + long * part);
        const cost = Math.abs(off) + far / 1000;
        if (Math.abs(off) * zoom < NEAR && (!best || cost < best.cost)) best = { off, cost, line, box };
      }
    }
    if (!best) return Math.round((moved[axis]) / GRID) * GRID;
    lines.push({ axis, ...best });
    return moved[axis] + best.off;
  });
  const drawn = lines.map(({ axis, line, box }) => {
    const across = 1 - axis, own = [snapped[across], snapped[across] + (across ? h : w)];
    const low = Math.min(own[0], box[across]) - 12, high = Math.max(own[1], box[across] + box[across + 2]) + 12;
    return axis ? [low, line, high, line] : [line, low, line, high];
  });
  return { by: [snapped[0] - x, snapped[1] - y], lines: drawn };
}

export function showGuides(canvas, lines) {
  for (const old of canvas.layers.over.querySelectorAll(".guide")) old.remove();
  canvas.layers.over.append(...lines.map(([x1, y1, x2, y2]) => shape("line", { class: "guide", x1, y1, x2, y2 })));
}
