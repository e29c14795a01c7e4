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

/** The way by points that the layout gives, as `way` gives it. */
export function by(start, end, points) {
  const all = [start, ...points, end];
  const middle = points[Math.floor((points.length - 1) / 2)];
  const next = all[all.indexOf(middle) + 1];
  const between = [(middle[0] + next[0]) / 2, (middle[1] + next[1]) / 2];
  if (all.some(([x], place) => place && x < all[place - 1][0])) return { d: rounded(all), middle: between };
  let d = `M${start[0]} ${start[1]}`;
  for (let place = 1; place < all.length; place++) {
    const [[x1, y1], [x2, y2]] = [all[place - 1], all[place]];
    const reach = Math.max((x2 - x1) * 0.5, 14);
    d += y1 === y2 ? `H${x2}` : `C${x1 + reach} ${y1} ${x2 - reach} ${y2} ${x2} ${y2}`;
  }
  return { d, middle: between };
}

// An edge back to the left, as into the next row: through the lowest gap above that row, else around below.
function back([x1, y1], [x2, y2], others) {
  const row = (y) => others.filter(([, top, , h]) => top <= y && top + h >= y);
  const [low, high] = y1 < y2 ? [y1, y2] : [y2, y1];
  const y = gap(others, low, high) ?? Math.max(high + 40, ...row(high).map(([, top, , h]) => top + h + 16), ...row(low).map(([, top, , h]) => top + h + 16));
  const out = 20;
  return { d: rounded([[x1, y1], [x1 + out, y1], [x1 + out, y], [x2 - out, y], [x2 - out, y2], [x2, y2]]), middle: [(x1 + x2) / 2, y] };
}

// The middle of the lowest gap between two heights; null where there is none.
function gap(boxes, upper, lower) {
  let found = null, end = upper;
  for (const [, y, , h] of [...boxes].sort(([, one], [, other]) => one - other)) {
    if (y + h <= upper || y >= lower) continue;
    if (y - end >= 12 && end > upper) found = (end + y) / 2;
    end = Math.max(end, y + h);
  }
  return found;
}

// A line through points with round corners.
function rounded(points, most = 12) {
  let d = `M${points[0][0]} ${points[0][1]}`;
  for (let place = 1; place < points.length - 1; place++) {
    const [before, [x, y], after] = [points[place - 1], points[place], points[place + 1]];
    const toward = ([a, b]) => {
      const long = Math.hypot(a - x, b - y) || 1, part = Math.min(most, long / 2) / long;
      return `${x + (a - x) * part} ${y + (b - y) * part}`;
    };
    d += `L${toward(before)}Q${x} ${y} ${toward(after)}`;
  }
  return `${d}L${points.at(-1)[0]} ${points.at(-1)[1]}`;
}
