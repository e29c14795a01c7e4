// Where the units of a network stand: columns from left to right, in each column its layers one below the other.

export const HEAD = 40, BODY = 472, FOOT = 28;
const MOST = 16, PAGE = 8, LARGEST = 48, GAP = 92, SIDE = 26, BETWEEN = 30;

/** How many units of a layer are shown at once. */
export const shown = (layer) => (layer.units <= MOST ? layer.units : PAGE);

/**
 * {width, height, layers: [{x, y, size, pitch, from, many}]} for a stage of `room` pixels. `from[i]`: the first unit of
 * layer i that is shown.
 */
export function layout(layers, from, room) {
  const columns = Math.max(...layers.map((layer) => layer.column)) + 1;
  const places = [];
  let widest = 0;
  for (let column = 0; column < columns; column++) {
    const here = layers.map((layer, at) => ({ layer, at })).filter(({ layer }) => layer.column === column);
    const counts = here.map(({ layer, at }) => Math.min(shown(layer), layer.units - from[at]));
    const total = here.reduce((sum, { layer }) => sum + shown(layer), 0);
    const free = BODY - BETWEEN * (here.length - 1);
    const pitch = Math.min(LARGEST + 14, free / Math.max(total, 1)), size = Math.max(6, Math.min(LARGEST, Math.floor(pitch - Math.min(8, pitch * 0.22))));
    const high = total * pitch + BETWEEN * (here.length - 1);
    let y = HEAD + (BODY - high) / 2;
    here.forEach(({ layer, at }, number) => {
      places[at] = { column, y: y + (pitch - size) / 2, size, pitch, from: from[at], many: counts[number] };
      y += shown(layer) * pitch + BETWEEN;
    });
    widest = Math.max(widest, size);
  }
  const gap = columns > 1 ? Math.max(GAP, Math.min(230, (room - 2 * SIDE - widest) / (columns - 1))) : 0;
  const width = Math.max(2 * SIDE + widest + gap * (columns - 1), Math.min(room, 240));
  const start = (width - gap * (columns - 1)) / 2;
  for (const place of places) place.x = start + gap * place.column - place.size / 2;
  return { width: Math.ceil(width), height: HEAD + BODY + FOOT, gap, layers: places };
}

/** The corner of a unit; null where it is not shown. */
export function cornerOf(place, unit) {
  const row = unit - place.from;
  return row < 0 || row >= place.many ? null : [place.x, place.y + row * place.pitch];
}

/**
 * The lines between the units that are shown: {from: [layer, unit], to: [layer, unit], path, index, points}. Those with a
 * weight have the `path` of its node and its `index`.
 */
export function edges(layers, placed) {
  const made = [];
  layers.forEach((layer, to) => {
    const target = placed.layers[to];
    for (const source of layer.sources) {
      const place = placed.layers[source.layer], offset = source.offset ?? 0;
      const passed = placed.layers.filter(({ column }) => column === Math.floor((place.column + target.column) / 2));
      const aside = target.column - place.column > 1 ? (y) => clear(passed, y) : null;
      const add = (i, j, weight) => {
        const start = cornerOf(place, i), end = cornerOf(target, j);
        if (start && end) made.push({ from: [source.layer, i], to: [to, j], ...weight, ...way(start, place.size, end, target.size, aside) });
      };
      for (let i = place.from; i < place.from + place.many; i++)
        if (source.weighs || source.mixed)
          for (let j = target.from; j < target.from + target.many; j++) add(i, j, source.weighs ? { path: layer.path, index: [j, i + offset] } : {});
        else add(i, i + offset, {});
    }
  });
  return made;
}

// A line that skips a column goes between the units that stand in its way, where it is seen: `aside(y)` is how far off.
function way([x0, y0], size0, [x1, y1], size1, aside) {
  const start = [x0 + size0, y0 + size0 / 2], end = [x1, y1 + size1 / 2], bend = (end[0] - start[0]) * (aside ? 0.3 : 0.5);
  const off = aside ? (4 / 3) * aside((start[1] + end[1]) / 2) : 0; // the middle of the curve is off by three quarters of this
  const controls = [start, [start[0] + bend, start[1] + off], [end[0] - bend, end[1] + off], end];
  const points = Array.from({ length: 13 }, (_, at) => along(controls, at / 12));
  return { controls, points };
}

// From `y` to the middle of the nearest space between two units of a column, or beside its first or last one.
function clear(passed, y) {
  const spaces = passed.flatMap(({ y: top, pitch, size, many }) => Array.from({ length: many + 1 }, (_, row) => top + row * pitch - (pitch - size) / 2));
  return spaces.length ? spaces.reduce((best, each) => (Math.abs(each - y) < Math.abs(best) ? each - y : best), Infinity) : 0;
}

function along([a, b, c, d], t) {
  const s = 1 - t;
  return [0, 1].map((axis) => s * s * s * a[axis] + 3 * s * s * t * b[axis] + 3 * s * t * t * c[axis] + t * t * t * d[axis]);
}

/** The line nearest to a point, at most `reach` pixels away. */
export function nearest(lines, x, y, reach = 7) {
  let best = null, least = reach * reach;
  for (const line of lines) {
    if (!line.path) continue;
    const { points } = line;
    if (x < points[0][0] - reach || x > points.at(-1)[0] + reach) continue;
    for (let at = 1; at < points.length; at++) {
      const far = distance(x, y, points[at - 1], points[at]);
      if (far < least) [best, least] = [line, far];
    }
  }
  return best;
}

function distance(x, y, [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0], length = dx * dx + dy * dy || 1;
  const t = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / length));
  return (x - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2;
}
