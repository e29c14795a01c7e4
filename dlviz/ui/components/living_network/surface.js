// Surfaces over the plane: the values of a frame, as pixels, with the line where they change sign.

import { mixed, packed, rgb } from "./scales.js";

/** The surfaces of a node in a frame of neurons: {side, many, of, low, high, bytes(unit)}; null where it has none. */
export function surfaces(frame, path) {
  const array = frame?.arrays.get(path), node = frame?.meta.nodes?.[path];
  if (!array || array.shape.length !== 3 || !node) return null;
  const [many, side, across] = array.shape, size = side * across;
  return { side, many, of: node.of ?? many, low: node.low, high: node.high, bytes: (unit) => array.data.subarray(unit * size, (unit + 1) * size) };
}

/** The value that a byte stands for. */
export const value = (found, byte) => found.low + (byte / 255) * (found.high - found.low);

/** Which byte of the colour table shows each byte of the frame: 0 in the middle, the largest size at an end. */
function places(found) {
  const most = Math.max(Math.abs(found.low), Math.abs(found.high)) || 1;
  if (found.low === -found.high) return null; // it is that already
  const made = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) made[byte] = Math.round(127.5 + (127.5 * value(found, byte)) / most);
  return made;
}

const STRONGEST = 8;

/** By how much a unit's colours are made stronger, so that a weak one beside strong ones shows its form, too. */
export function gain(found, unit) {
  if (found.low !== -found.high) return 1;
  let most = 0;
  for (const byte of found.bytes(unit)) most = Math.max(most, Math.abs(byte - 127.5));
  return most > 0.5 ? Math.min(STRONGEST, 127.5 / most) : 1;
}

/** Paint a unit's surface on a canvas of side × side pixels: rows of the frame go upwards, those of a canvas down. */
export function paint(canvas, found, unit, table, sharp = false) {
  const { side } = found, bytes = found.bytes(unit), by = gain(found, unit);
  const at = by > 1.02 ? Uint8Array.from({ length: 256 }, (_, byte) => Math.max(0, Math.min(255, Math.round(127.5 + (byte - 127.5) * by)))) : places(found);
  if (canvas.width !== side) [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext("2d"), image = context.createImageData(side, side), pixels = new Uint32Array(image.data.buffer);
  for (let row = 0, to = 0; row < side; row++) {
    let from = (side - 1 - row) * side;
    for (let column = 0; column < side; column++, from++, to++) {
      const byte = at ? at[bytes[from]] : bytes[from];
      pixels[to] = table[sharp ? (byte > 127 ? 230 : 25) : byte];
    }
  }
  context.putImageData(image, 0, 0);
}

/** Paint the mixture of the classes' colours, as the task's own decision surface does: pale enough for dots. */
export function paintClasses(canvas, found, colors, sharp = false) {
  const { side } = found, size = side * side;
  if (canvas.width !== side) [canvas.width, canvas.height] = [side, side];
  const many = Math.min(found.many, 10), shares = Array.from({ length: many }, (_, unit) => found.bytes(unit));
  const paper = rgb(colors.ground.paper), inks = colors.classes.map((color) => mixed(paper, rgb(color), 0.45));
  const context = canvas.getContext("2d"), image = context.createImageData(side, side), pixels = new Uint32Array(image.data.buffer);
  const mixture = [0, 0, 0];
  for (let row = 0, to = 0; row < side; row++) {
    let from = (side - 1 - row) * side;
    for (let column = 0; column < side; column++, from++, to++) {
      let sum = 0, best = 0;
      for (let unit = 0; unit < many; unit++) {
        sum += shares[unit][from];
        if (shares[unit][from] > shares[best][from]) best = unit;
      }
      mixture.fill(0);
      for (let unit = 0; unit < many; unit++) {
        const share = sharp ? Number(unit === best) : sum ? shares[unit][from] / sum : 1 / many;
        for (let channel = 0; channel < 3; channel++) mixture[channel] += share * inks[unit][channel];
      }
      pixels[to] = packed(mixture);
    }
  }
  context.putImageData(image, 0, 0);
  return size;
}

/** How far a class is ahead of the best other one, point by point (its sign changes at the border). */
export function ahead(found, unit) {
  const made = new Float32Array(found.side ** 2), own = found.bytes(unit);
  for (let at = 0; at < made.length; at++) {
    let other = 0;
    for (let each = 0; each < found.many; each++) if (each !== unit) other = Math.max(other, found.bytes(each)[at]);
    made[at] = own[at] - other;
  }
  return made;
}

/** A unit's values with their signs. */
export function values(found, unit) {
  return Float32Array.from(found.bytes(unit), (byte) => value(found, byte) || 0);
}

/** The line where values change sign (marching squares), into a path of a canvas of `size` pixels. */
export function border(numbers, side, size) {
  const path = new Path2D(), step = size / side, half = step / 2;
  const cross = (a, b) => a / (a - b);
  for (let row = 0; row < side - 1; row++)
    for (let column = 0; column < side - 1; column++) {
      const at = row * side + column;
      const [a, b, c, d] = [numbers[at], numbers[at + 1], numbers[at + side + 1], numbers[at + side]];
      const ends = [];
      if (a > 0 !== b > 0) ends.push([cross(a, b), 0]);
      if (b > 0 !== c > 0) ends.push([1, cross(b, c)]);
      if (d > 0 !== c > 0) ends.push([cross(d, c), 1]);
      if (a > 0 !== d > 0) ends.push([0, cross(a, d)]);
      for (let pair = 0; pair + 1 < ends.length; pair += 2)
        for (const end of [0, 1]) {
          const [x, y] = ends[pair + end];
          path[end ? "lineTo" : "moveTo"]((column + x) * step + half, size - ((row + y) * step + half));
        }
    }
  return path;
}
