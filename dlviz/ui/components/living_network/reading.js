// What frames say of a node, as pictures (pictures.js) and figures. Only here stands how a probe names its arrays.

import { figure } from "./make.js";

/** The figures that are told of a node: {gradient, update, dead, saturated}. */
export function signalsOf(frames, path) {
  const { gradients } = frames, at = gradients?.meta.nodes?.indexOf?.(path) ?? -1, units = frames.units?.meta.nodes?.[path] ?? {};
  const figures = (name) => (at < 0 ? undefined : gradients.arrays.get(name)?.data[at]);
  return { gradient: figures("gradient"), update: figures("update"), dead: units.dead, saturated: units.saturated };
}

/** The pictures of a node, the most telling first. `chosen`: the number of the example; `shows`: see `Cards.photo`. */
export function picturesOf(frames, path, chosen, colors, shows = "") {
  const found = [];
  const add = (picture) => picture && found.push(picture);
  for (const each of states(frames.states, path, colors)) add(each);
  for (const each of gates(frames.gates, path, colors)) add(each);
  add(reach(frames.reach, path));
  add(maps(frames.activations, path, chosen, colors, shows));
  add(filters(frames.filters, path, colors));
  add(weightMatrix(frames.weights, path, colors));
  add(answers(frames.activations, path));
  const names = { activation: "Spread of its answers", weight: "Spread of its weights", gradient: "Spread of its weights' gradients" };
  for (const [name, title] of Object.entries(names)) add(histogramOf(frames.histograms, path, name, title));
  return found;
}

// Rows of numbers: an example below the other, a unit beside the other; of sequences the channels over the steps.
function answers(frame, path) {
  const array = frame?.arrays.get(path);
  if (array?.shape.length !== 2) return null;
  const [h, w] = array.shape, scale = scaleOf(frame, path), { bytes, low, high } = bytesOf(array.data, scale.low, scale.high), of = scale.of?.[0] ?? w;
  return { kind: "matrix", bytes, h, w, title: "Answers", about: `A row for each of ${h} examples, a column for each of ${of > w ? `the first ${w} of ${of}` : w} units. ${rangeText({ low, high })}` };
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

function maps(frame, path, chosen, colors, shows) {
  const array = frame?.arrays.get(path);
  if (array?.shape.length === 3) return overSteps(frame, path, array, chosen);
  if (!array || array.shape.length !== 4) return null;
  if (shows && [1, 3].includes(array.shape[1])) return photo(array, chosen, colors, shows);
  const [examples, channels, h, w] = array.shape, example = Math.min(chosen, examples - 1), size = h * w;
  const scale = scaleOf(frame, path), { bytes, low, high } = bytesOf(array.data.subarray(example * channels * size, (example + 1) * channels * size), scale.low, scale.high);
  const shown = stretched(bytes);
  const tiles = Array.from({ length: channels }, (_, channel) => ({ bytes: shown.subarray(channel * size, (channel + 1) * size), h, w, name: `channel ${channel + 1}` }));
  return { kind: "grid", tiles, of: scale.of?.[0] ?? channels, title: "Activation maps", about: `What each channel answers to the chosen example. ${rangeText({ low, high })}`, examples };
}

function overSteps(frame, path, { data, shape: [examples, h, w] }, chosen) {
  const at = Math.min(chosen, examples - 1), scale = scaleOf(frame, path), { bytes, low, high } = bytesOf(data.subarray(at * h * w, (at + 1) * h * w), scale.low, scale.high);
  return { kind: "matrix", bytes, h, w, title: "Answers over the steps", about: `Steps from left to right, channels from top to bottom. ${rangeText({ low, high })}`, examples };
}

// So that the strongest answer of all has the strongest colour: a layer's range is that of all its examples.
function stretched(bytes) {
  let most = 0;
  for (const byte of bytes) most = Math.max(most, Math.abs(byte - 127.5));
  return most > 100 || most < 1 ? bytes : bytes.map((byte) => Math.round(127.5 + ((byte - 127.5) * 127.5) / most));
}

// What goes in, or comes out, as the picture that it is: grey or in its colours.
function photo({ data, shape: [examples, channels, h, w] }, chosen, colors, shows) {
  const size = channels * h * w, at = Math.min(chosen, examples - 1), own = data.subarray(at * size, (at + 1) * size);
  let [low, high] = [Infinity, -Infinity];
  for (const each of own) [low, high] = [Math.min(low, each), Math.max(high, each)];
  const bytes = Uint8Array.from(own, (each) => (255 * (each - low)) / (high - low || 1));
  return { kind: "grid", tiles: [{ bytes, h, w, rgb: channels === 3, name: "the picture", table: colors.gray }], of: 1, title: "The picture", about: shows === "in" ? "What is sent through the network." : "What the network makes of it.", examples };
}

function filters(frame, path) {
  const array = frame?.arrays.get(path);
  if (!array || array.shape.length !== 4) return null;
  const [many, depth, h, w] = array.shape, size = h * w, scale = scaleOf(frame, path), colored = depth === 3 && scale.first;
  const { bytes, low, high } = bytesOf(array.data, scale.low, scale.high);
  // of a filter over colours the colours, else the part that reads the first channel
  const tiles = Array.from({ length: many }, (_, number) => ({ bytes: bytes.subarray(number * depth * size, (number * depth + (colored ? 3 : 1)) * size), h, w, rgb: colored, name: `filter ${number + 1}` }));
  return { kind: "grid", tiles, of: scale.of?.[0] ?? many, title: "Filters", about: `What each filter looks for${colored ? ", in colours" : depth > 1 ? " in the first channel" : ""}. ${colored ? "" : rangeText({ low, high })}` };
}

// Of one sequence that is chosen for its length: what is remembered after each step, and where each head looks.
function* states(frame, path, colors) {
  const words = frame?.meta.tokens?.length ? ` The sequence: “${frame.meta.tokens.join(" ")}”.` : "", scale = frame && scaleOf(frame, path);
  const kept = frame?.arrays.get(`${path}.states`);
  if (kept?.shape.length === 2) {
    const { bytes, low, high } = bytesOf(kept.data, scale.low, scale.high);
    yield { kind: "matrix", bytes: flipped(bytes, kept.shape), h: kept.shape[1], w: kept.shape[0], title: "Hidden states", about: `Steps from left to right, units from top to bottom. ${rangeText({ low, high })}${words}`, tell: ([unit, step]) => `unit ${unit + 1} after ${stepOf(frame, step)}: ${figure(low + ((high - low) * kept.data[step * kept.shape[1] + unit]) / 255)}` };
  }
  const attends = frame?.arrays.get(`${path}.attention`);
  if (attends?.shape.length === 3) {
    const [heads, h, w] = attends.shape, size = h * w, most = attends.data.reduce((sum, each) => Math.max(sum, each), 1);
    const bytes = Uint8Array.from(attends.data, (each) => Math.round((255 * each) / most));
    const tiles = Array.from({ length: heads }, (_, head) => ({ bytes: bytes.subarray(head * size, (head + 1) * size), h, w, name: `head ${head + 1}`, head, table: colors.sequential }));
    yield { kind: "grid", tiles, of: scale.heads ?? heads, labels: h === w ? frame.meta.tokens?.slice(0, w) : undefined, title: "Attention", about: `A row looks at the columns; the strongest colour is ${Math.round((100 * most) / 255)} % of its attention.${words}`, tell: ([from, to], tile) => `${tile.name}: ${stepOf(frame, from)} gives ${stepOf(frame, to)} ${Math.round((100 * attends.data[(tile.head * h + from) * w + to]) / 255)} % of its attention.` };
  }
}

// What opens and shuts around a memory, step by step.
const OPENS = { forget: "keeps what it had", input: "writes", output: "shows", reset: "looks at its old state", update: "keeps its old state" };
function* gates(frame, path, colors) {
  const opened = frame?.arrays.get(`${path}.gates`), told = frame?.meta.nodes?.[path] ?? {};
  if (opened?.shape.length !== 3) return;
  const [many, steps, units] = opened.shape, size = steps * units;
  const tiles = Array.from({ length: many }, (_, at) => ({ bytes: flipped(opened.data.subarray(at * size, (at + 1) * size), [steps, units]), h: units, w: steps, name: `${told.gates[at]} gate`, at, table: colors.sequential }));
  const named = told.gates.map((name) => `${name} (${OPENS[name]})`).join(", ");
  const tell = ([unit, step], { name, at }) => `${name}, unit ${unit + 1} at ${stepOf(frame, step)}: ${Math.round((100 * opened.data[at * size + step * units + unit]) / 255)} % open`;
  yield { kind: "grid", tiles, of: many, title: "Gates", about: `Steps from left to right, units from top to bottom; the stronger the colour, the more open. In this order: ${named}.`, tell };
  const kept = frame.arrays.get(`${path}.cell`);
  if (kept?.shape.length !== 2) return;
  const { low, high } = told;
  yield { kind: "matrix", bytes: flipped(kept.data, kept.shape), h: kept.shape[1], w: kept.shape[0], title: "Cell", about: `The memory that the gates guard. Steps from left to right, units from top to bottom. ${rangeText({ low, high })}`, tell: ([unit, step]) => `unit ${unit + 1} after ${stepOf(frame, step)}: ${figure(low + ((high - low) * kept.data[step * kept.shape[1] + unit]) / 255)}` };
}

// Bars on a scale of powers of ten: what is ten times smaller is one part lower, and of eight parts nothing is left.
const POWERS = 8;
function reach(frame, path) {
  const array = frame?.arrays.get(path);
  if (array?.shape.length !== 1 || array.shape[0] < 2) return null;
  const sizes = [...array.data], most = Math.max(...sizes), last = sizes.length;
  if (!(most > 0) || !Number.isFinite(most)) return null;
  const counts = sizes.map((size) => (size > 0 ? Math.max(0, Math.log10(size / most) + POWERS) : 0));
  return { kind: "histogram", counts, low: 1, high: last + 1, title: "How far back the loss reaches", about: `The size of the loss's gradient at each step that goes in, the last step on the right, on a scale of powers of ten. ${last} steps back it is ${figure(sizes[0])}, at the last step ${figure(sizes[last - 1])}.` };
}

// A step by its word, where the sequence is one of words.
const stepOf = (frame, at) => (frame.meta.tokens?.[at] ? `“${frame.meta.tokens[at]}”` : `step ${at + 1}`);

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
  const array = frame?.arrays.get(`${path}.${name}`), ends = frame?.meta.nodes?.[path]?.[name];
  if (!array || !ends) return null;
  return { kind: "histogram", counts: [...array.data], low: ends[0], high: ends[1], name, title, about: `From ${figure(ends[0])} to ${figure(ends[1])}.` };
}

/** The examples that may be chosen: how many, and what each is called. */
export function examplesOf(frames) {
  return (frames.activations?.meta.examples ?? []).map((each) => `validation example ${each}`);
}
