// What frames say of a node, as pictures (pictures.js) and figures. Only here stands how a probe names its arrays.

import { figure } from "./make.js";

/** The figures that are told of a node: {gradient, update, dead, saturated}. */
export function signalsOf(frames, path) {
  const gradients = frames.gradients?.meta.nodes?.[path] ?? {}, units = frames.units?.meta.nodes?.[path] ?? {};
  return { gradient: gradients.norm ?? gradients.gradient, update: gradients.update ?? gradients.ratio, dead: units.dead, saturated: units.saturated };
}

/** The pictures of a node, the most telling first. `chosen`: the number of the example. */
export function picturesOf(frames, path, chosen, colors) {
  const found = [];
  const add = (picture) => picture && found.push(picture);
  add(maps(frames.activations, path, chosen, colors));
  add(filters(frames.filters, path, colors));
  for (const each of states(frames.states, path, chosen, colors)) add(each);
  add(weightMatrix(frames.weights, path, colors));
  const names = { activation: "activations", gradient: "gradients of the loss there", weight: "weights", weight_gradient: "gradients of the weights" };
  for (const [name, title] of Object.entries(names)) add(histogramOf(frames.histograms, path, name, title));
  return found;
}

// Numbers as bytes of the colour table: 0 in the middle, the largest size at an end.
function bytesOf(array, low, high) {
  const made = new Uint8Array(array.length), u1 = array instanceof Uint8Array;
  if (!u1) {
    let most = 0;
    for (const each of array) if (Number.isFinite(each)) most = Math.max(most, Math.abs(each));
    for (let at = 0; at < array.length; at++) made[at] = Math.round(127.5 + (127.5 * (array[at] || 0)) / (most || 1));
    return { bytes: made, low: -most, high: most };
  }
  if (low === undefined || low === -high) return { bytes: array, low, high };
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  for (let at = 0; at < array.length; at++) made[at] = Math.round(127.5 + (127.5 * (low + (array[at] / 255) * (high - low))) / most);
  return { bytes: made, low: -most, high: most };
}

const scaleOf = (frame, path) => frame.meta.nodes?.[path] ?? frame.meta.scale?.[path] ?? {};
const rangeText = ({ low, high }) => (high === undefined || high === null ? "" : `Blue: up to ${figure(high)}, orange: down to ${figure(low)}.`);

function maps(frame, path, chosen) {
  const array = frame?.arrays.get(path);
  if (!array || array.shape.length !== 4) return null;
  const [examples, channels, h, w] = array.shape, example = Math.min(chosen, examples - 1), size = h * w;
  const scale = scaleOf(frame, path), { bytes, low, high } = bytesOf(array.data.subarray(example * channels * size, (example + 1) * channels * size), scale.low, scale.high);
  const tiles = Array.from({ length: channels }, (_, channel) => ({ bytes: bytes.subarray(channel * size, (channel + 1) * size), h, w, name: `channel ${channel + 1}` }));
  return { kind: "grid", tiles, of: scale.of ?? channels, title: "Activation maps", about: `What each channel answers to the chosen example. ${rangeText({ low, high })}`, examples };
}

function filters(frame, path) {
  const array = frame?.arrays.get(path);
  if (!array || array.shape.length < 3) return null;
  const [many, ...rest] = array.shape, [h, w] = rest.slice(-2), depth = rest.length > 2 ? rest[0] : 1, size = h * w;
  const scale = scaleOf(frame, path), { bytes, low, high } = bytesOf(array.data, scale.low, scale.high);
  const tiles = Array.from({ length: many }, (_, number) => ({ bytes: bytes.subarray(number * depth * size, number * depth * size + (depth === 3 ? 3 : 1) * size), h, w, rgb: depth === 3, name: `filter ${number + 1}` }));
  return { kind: "grid", tiles, of: scale.of ?? many, title: "Filters", about: `The weights that each filter looks for. ${rangeText({ low, high })}` };
}

function* states(frame, path, chosen, colors) {
  if (!frame) return;
  for (const [name, array] of frame.arrays) {
    if (name !== path && !name.startsWith(`${path}:`) && !name.startsWith(`${path}.`)) continue;
    const scale = scaleOf(frame, name), attends = /attention/.test(name) || scale.attention;
    let { data, shape } = array;
    const sequences = frame.meta.examples?.length ?? frame.meta.tokens?.length ?? 1;
    const leading = shape.length === (attends ? 4 : 3) ? shape[0] : 0;
    const example = Math.min(chosen, Math.max(leading, sequences) - 1);
    if (leading) {
      const size = data.length / leading, at = Math.min(example, leading - 1);
      [data, shape] = [data.subarray(at * size, (at + 1) * size), shape.slice(1)];
    }
    const { bytes, low, high } = bytesOf(data, attends ? 0 : scale.low, attends ? 1 : scale.high);
    if (attends && shape.length === 3) {
      const [heads, h, w] = shape, size = h * w, own = data instanceof Uint8Array ? data : Uint8Array.from(data, (each) => 255 * each);
      yield { kind: "grid", tiles: Array.from({ length: heads }, (_, head) => ({ bytes: own.subarray(head * size, (head + 1) * size), h, w, name: `head ${head + 1}`, table: colors.sequential })), of: heads, title: "Attention", about: "Each head on its own: a row looks at the columns. The darker, the more.", examples: leading || 1 };
    } else if (shape.length === 2) yield { kind: "matrix", bytes: flipped(bytes, shape), h: shape[1], w: shape[0], title: "Hidden states", about: `Steps from left to right, units from top to bottom. ${rangeText({ low, high })}`, examples: leading || 1 };
  }
}

// (steps, units) to (units, steps): time goes from left to right.
function flipped(bytes, [steps, units]) {
  const made = new Uint8Array(bytes.length);
  for (let step = 0; step < steps; step++) for (let unit = 0; unit < units; unit++) made[unit * steps + step] = bytes[step * units + unit];
  return made;
}

function weightMatrix(frame, path) {
  const array = frame?.arrays.get(`${path}.weight`);
  if (!array || array.shape.length !== 2) return null;
  const [h, w] = array.shape, { bytes, high } = bytesOf(array.data);
  return { kind: "matrix", bytes, h, w, title: "Weights", about: `A row for each of ${h} units, a column for each of ${w} inputs. Blue: up to ${figure(high)}, orange: down to ${figure(-high)}. Click one to change it.`, path, edits: true };
}

export function histogramOf(frame, path, name, title) {
  if (!frame) return null;
  for (const key of [`${name}:${path}`, `${path}:${name}`, `${path}.${name}`, `${name}.${path}`, `${name}/${path}`, `${path}/${name}`]) {
    const array = frame.arrays.get(key);
    if (!array) continue;
    const edges = frame.meta.edges?.[key] ?? frame.meta.nodes?.[key] ?? frame.meta.nodes?.[path]?.[name] ?? {};
    const [low, high] = Array.isArray(edges) ? edges : [edges.low ?? -1, edges.high ?? 1];
    return { kind: "histogram", counts: [...array.data], low, high, name, title, about: `From ${figure(low)} to ${figure(high)}.` };
  }
  return null;
}

/** The examples that may be chosen: how many, and what each is called. */
export function examplesOf(frames) {
  for (const name of ["activations", "states"]) {
    const meta = frames[name]?.meta;
    if (meta?.examples?.length) return meta.examples.map((each, number) => each?.title ?? each?.label ?? `example ${number + 1}`);
    if (meta?.tokens?.length) return meta.tokens.map((_, number) => `example ${number + 1}`);
  }
  return [];
}
