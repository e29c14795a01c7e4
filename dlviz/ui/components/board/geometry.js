// Where things lie on the canvas, in its own units: ports, the way of an edge, boxes. No drawing here.

export const PORT = 4.5, LANE = 13;

/** How many inputs a node shows: those it has, and those it still needs. */
export function places(node) {
  const [least] = node.takes ?? [1, 1];
  return Math.max((node.inputs ?? []).length, least);
}

/** Whether one more edge can end here without another giving way. */
export function hasRoom(node) {
  const most = (node.takes ?? [1, 1])[1];
  return most === null || (node.inputs ?? []).length < most;
}

/** The height at which input `place` ends on the left side of a box of height `h`. */
export function portAt(h, place, many) {
  return (h * (place + 1)) / (many + 1);
}

/** The box [x0, y0, x1, y1] around boxes [x, y, w, h]; null around none. */
export function around(boxes) {
  let found = null;
  for (const [x, y, w, h] of boxes) {
    if (!found) found = [x, y, x + w, y + h];
    else found = [Math.min(found[0], x), Math.min(found[1], y), Math.max(found[2], x + w), Math.max(found[3], y + h)];
  }
  return found;
}

export function overlap([x, y, w, h], [x0, y0, x1, y1]) {
  return x < x1 && x + w > x0 && y < y1 && y + h > y0;
}

/**
 * The way of an edge from (x1, y1) to (x2, y2) as an SVG path and its middle. `others` are the boxes it must not run
 * over; `lane` spreads edges that go the same way round.
 */
export function way([x1, y1], [x2, y2], others, lane = 0) {
  const wide = x2 - x1;
  if (wide < 8) return back([x1, y1], [x2, y2], others);
  const blocked = wide > 60 ? others.filter((box) => crosses(box, x1, y1, x2, y2)) : [];
  if (!blocked.length) {
    const bend = Math.max(18, wide * 0.45);
    return { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, middle: [(x1 + x2) / 2, (y1 + y2) / 2] };
  }
  const between = others.filter(([x, , w]) => x < x2 - 6 && x + w > x1 + 6);
  const y = clear(between, x1, y1, x2, y2, lane);
  return round(x1, y1, x2, y2, y);
}

// Whether the straight way at these heights runs over a box.
function crosses([x, y, w, h], x1, y1, x2, y2) {
  const left = Math.max(x, x1 + 6), right = Math.min(x + w, x2 - 6);
  if (left >= right) return false;
  const at = (place) => y1 + ((y2 - y1) * (place - x1)) / (x2 - x1);
  const [low, high] = [Math.min(at(left), at(right)), Math.max(at(left), at(right))];
  return high > y - 4 && low < y + h + 4;
}

// The nearest height above or below at which nothing is in the way.
function clear(boxes, x1, y1, x2, y2, lane) {
  const wanted = (y1 + y2) / 2;
  const free = (y) => boxes.every(([, top, , h]) => y < top - 9 || y > top + h + 9);
  const tries = boxes.flatMap(([, y, , h]) => [y - LANE - lane, y + h + LANE + lane]).filter(free);
  const cost = (y) => Math.abs(y - wanted) + (y > wanted ? 14 : 0); // rather the upper way
  return tries.sort((one, other) => cost(one) - cost(other))[0] ?? Math.min(...boxes.map(([, y]) => y)) - LANE - lane;
}

// Out of the port, over to the height `y`, along it, and back into the other port.
function round(x1, y1, x2, y2, y) {
  const step = Math.min(26, (x2 - x1) / 4);
  const d =
    `M${x1} ${y1}C${x1 + step} ${y1} ${x1 + step * 0.2} ${y} ${x1 + step * 1.4} ${y}` +
    `H${x2 - step * 1.4}C${x2 - step * 0.2} ${y} ${x2 - step} ${y2} ${x2} ${y2}`;
  return { d, middle: [(x1 + x2) / 2, y] };
}

// An edge against the reading direction, as a hand-placed node may need: out, below or above, and back in.
function back([x1, y1], [x2, y2]) {
  const far = 36, apart = Math.abs(y2 - y1);
  const y = apart > 90 ? (y1 + y2) / 2 : Math.max(y1, y2) + 56;
  const d =
    `M${x1} ${y1}C${x1 + far} ${y1} ${x1 + far} ${y} ${x1} ${y}` + `H${x2}C${x2 - far} ${y} ${x2 - far} ${y2} ${x2} ${y2}`;
  return { d, middle: [(x1 + x2) / 2, y] };
}
