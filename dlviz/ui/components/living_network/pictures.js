// Drawing primitives of cards and panels: grids of maps, matrices, histograms, bands over time. Pictures are plain values:
//
//   {kind: "grid", tiles: [{bytes, h, w, name, table?}], of, title, about}      bytes index the colour table
//   {kind: "matrix", bytes, h, w, rows?, columns?, title, about, edit?}
//   {kind: "histogram", counts, low, high, title, about}

const GAP = 2;

/** Draw a picture into a canvas of `width` × `height` CSS pixels; {tiles} where something can be pointed at. */
export function draw(canvas, picture, width, height, colors) {
  const dpr = Math.min(2, window.devicePixelRatio || 1), [w, h] = [Math.max(1, Math.round(width * dpr)), Math.max(1, Math.round(height * dpr))];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  context.clearRect(0, 0, width, height);
  if (!picture) return null;
  return { grid, labelled, matrix, histogram, band, pair, words }[picture.kind](context, picture, 0, 0, width, height, colors);
}

// Two pictures beside each other.
function pair(context, { parts }, x, y, width, height, colors) {
  const wide = (width - 6) / 2;
  parts.forEach((part, number) => ({ grid, matrix, histogram, band })[part.kind](context, part, x + number * (wide + 6), y, wide, height, colors));
}

/** Rows and columns in which `many` tiles of h × w fill a room best. */
export function arranged(many, h, w, width, height) {
  let best = { columns: 1, rows: many, scale: 0 };
  for (let columns = 1; columns <= many; columns++) {
    const rows = Math.ceil(many / columns);
    const scale = Math.min((width - GAP * (columns - 1)) / columns / w, (height - GAP * (rows - 1)) / rows / h);
    if (scale > best.scale) best = { columns, rows, scale };
  }
  return best;
}

function grid(context, { tiles, most = tiles.length }, x, y, width, height, colors) {
  const shown = tiles.slice(0, most);
  if (!shown.length) return null;
  const { h, w } = shown[0], { columns, scale } = arranged(shown.length, h, w, width, height);
  const [tw, th] = [w * scale, h * scale], places = [];
  context.imageSmoothingEnabled = false;
  shown.forEach((tile, number) => {
    const [left, top] = [x + (number % columns) * (tw + GAP), y + Math.floor(number / columns) * (th + GAP)];
    context.drawImage(pixels(tile, tile.table ?? colors.diverging), left, top, tw, th);
    places.push({ tile, number, x: left, y: top, w: tw, h: th });
  });
  return { tiles: places };
}

/** How many pixels the words beside and above a labelled tile take, and a cell of it at most; tokens above this are too many. */
export const LABELS = { left: 70, top: 54, cell: 24, most: 26 };

// Tiles one below the other, with a word at each row and at each column.
function labelled(context, { tiles, labels }, x, y, width, height, colors) {
  const { h, w } = tiles[0], cell = Math.min(LABELS.cell, (width - LABELS.left) / w), tall = height / tiles.length, places = [];
  context.imageSmoothingEnabled = false;
  tiles.forEach((tile, number) => {
    const [left, top] = [x + LABELS.left, y + number * tall + LABELS.top];
    context.drawImage(pixels(tile, tile.table ?? colors.diverging), left, top, cell * w, cell * h);
    places.push({ tile, number, x: left, y: top, w: cell * w, h: cell * h });
    context.fillStyle = colors.ground.ink;
    context.font = `${Math.min(12, Math.max(8, cell - 1))}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    labels.forEach((word, at) => {
      context.textAlign = "right";
      context.fillText(word, left - 5, top + (at + 0.5) * cell, LABELS.left - 6);
      context.save();
      context.translate(left + (at + 0.5) * cell, top - 5);
      context.rotate(-Math.PI / 4);
      context.textAlign = "left";
      context.fillText(word, 0, 0, LABELS.top + 10);
      context.restore();
    });
    if (tiles.length > 1) {
      context.textAlign = "left";
      context.font = "11px system-ui, sans-serif";
      context.fillStyle = colors.ground.faint;
      context.fillText(tile.name, x, y + number * tall + 8);
    }
  });
  context.textAlign = "start";
  context.textBaseline = "alphabetic";
  return { tiles: places };
}

function matrix(context, picture, x, y, width, height, colors) {
  const { h, w } = picture, keep = picture.square ? Math.min(width / w, height / h) : 0;
  const [wide, high] = keep ? [w * keep, h * keep] : [width, height];
  context.imageSmoothingEnabled = h > 2 * high || w > 2 * wide;
  context.drawImage(pixels(picture, picture.table ?? colors.diverging), x, y, wide, high);
  return { cell: (px, py) => (px >= x && py >= y && px < x + wide && py < y + high ? [Math.floor(((py - y) / high) * h), Math.floor(((px - x) / wide) * w)] : null) };
}

function histogram(context, { counts, low, high }, x, y, width, height, colors) {
  const most = Math.max(1, ...counts), bar = width / counts.length, floor = y + height - 1;
  context.fillStyle = colors.ground.line;
  context.fillRect(x, floor, width, 1);
  counts.forEach((count, at) => {
    const middle = low + ((at + 0.5) / counts.length) * (high - low), tall = (count / most) * (height - 3);
    context.fillStyle = middle < 0 ? colors.ground.negative : colors.ground.positive;
    if (count) context.fillRect(x + at * bar, floor - Math.max(1, tall), Math.max(1, bar - 0.6), Math.max(1, tall));
  });
  if (low < 0 && high > 0) {
    context.fillStyle = colors.ground.ink;
    context.fillRect(x + (-low / (high - low)) * width, y, 1, height);
  }
}

// What flows where there is nothing to draw: the words of a text, or a shape.
function words(context, { text = "" }, x, y, width, height, colors) {
  context.fillStyle = colors.ground.faint;
  context.font = "11px system-ui, sans-serif";
  let line = "", top = y + 11;
  for (const word of String(text).split(" ")) {
    if (line && context.measureText(`${line} ${word}`).width > width) {
      if (top + 15 > y + height) return void context.fillText(`${line} …`, x, top, width);
      context.fillText(line, x, top);
      [line, top] = [word, top + 15];
    } else line = line ? `${line} ${word}` : word;
  }
  context.fillText(line, x, top, width);
}

// Histograms over time: a column a moment, values upwards, the darker the more.
function band(context, { columns, low, high }, x, y, width, height, colors) {
  const step = width / columns.length, rows = 48;
  columns.forEach(({ counts, low: from, high: to }, number) => {
    const most = Math.max(1, ...counts);
    for (let row = 0; row < rows; row++) {
      const value = low + ((row + 0.5) / rows) * (high - low), at = Math.floor(((value - from) / (to - from || 1)) * counts.length);
      const share = at >= 0 && at < counts.length ? counts[at] / most : 0;
      context.fillStyle = css(colors.sequential[Math.round(255 * Math.sqrt(share))]);
      context.fillRect(x + number * step, y + height - ((row + 1) / rows) * height, step + 0.5, height / rows + 0.5);
    }
  });
  if (low < 0 && high > 0) {
    context.fillStyle = colors.ground.faint;
    context.fillRect(x, y + height - (-low / (high - low)) * height, width, 1);
  }
}

const css = (pixel) => `rgb(${pixel & 255},${(pixel >> 8) & 255},${(pixel >> 16) & 255})`;
const scratch = [];
let turn = 0;

// The bytes as a small canvas; a few are used again and again.
function pixels({ bytes, h, w, rgb }, table) {
  const canvas = (scratch[turn] ??= document.createElement("canvas"));
  turn = (turn + 1) % 4;
  [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d"), image = context.createImageData(w, h), to = new Uint32Array(image.data.buffer), size = h * w;
  for (let at = 0; at < size; at++) to[at] = rgb ? ((255 << 24) | (bytes[at + 2 * size] << 16) | (bytes[at + size] << 8) | bytes[at]) >>> 0 : table[bytes[at]];
  context.putImageData(image, 0, 0);
  return canvas;
}
