// A canvas with axes: sharp on every screen, its sizes those of the page.

/** Fit the canvas to its place and clear it. Returns its context and size in CSS pixels. */
export function fitted(canvas, height) {
  const width = canvas.parentElement.clientWidth, dense = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
    [canvas.width, canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
    canvas.style.height = `${height}px`;
  }
  const ink = canvas.getContext("2d");
  ink.setTransform(dense, 0, 0, dense, 0, 0);
  ink.clearRect(0, 0, width, height);
  ink.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  ink.textBaseline = "middle";
  return { ink, width, height };
}

/** A scale from [low, high] to [from, to]; `log` for powers of ten. */
export function scale(low, high, from, to, log = false) {
  const f = log ? Math.log10 : (value) => value;
  const [start, span] = [f(low), f(high) - f(low) || 1];
  const at = (value) => from + ((f(value) - start) / span) * (to - from);
  at.back = (place) => { const value = start + ((place - from) / (to - from)) * span; return log ? 10 ** value : value; };
  return at;
}

/** About `many` round numbers between `low` and `high`. */
export function ticks(low, high, many) {
  const raw = (high - low) / Math.max(1, many), power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 5, 10].find((each) => each * power >= raw) * power;
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-6; value += step) found.push(value);
  return found;
}

/** The powers of ten between `low` and `high`, every other one where they are many. */
export function powers(low, high) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const gap = Math.max(1, Math.ceil((last - first + 1) / 6));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, number) => first + number).filter((each) => (each - first) % gap === 0).map((each) => 10 ** each);
}

/** The axis of steps below, thin lines for the values; `words` says a value. */
export function axes({ ink }, colors, box, x, y, xs, ys, words) {
  ink.strokeStyle = colors.line;
  ink.fillStyle = colors.faint;
  ink.lineWidth = 1;
  ink.textAlign = "right";
  for (const value of ys) {
    const at = Math.round(y(value)) + 0.5;
    stroke(ink, box.left, at, box.right, at);
    ink.fillText(words(value), box.left - 6, at);
  }
  ink.textAlign = "center";
  for (const value of xs) ink.fillText(grouped(value), Math.min(Math.max(x(value), box.left + 12), box.right - 12), box.bottom + 12);
}

/** The moment that one looks at, as an upright line. */
export function momentLine({ ink }, colors, box, x, step, low, high) {
  if (step === null || step < low || step > high) return;
  ink.strokeStyle = colors.accent;
  ink.setLineDash([4, 3]);
  ink.lineWidth = 1.5;
  stroke(ink, x(step), box.top, x(step), box.bottom);
  ink.setLineDash([]);
}

export function stroke(ink, x0, y0, x1, y1) {
  ink.beginPath();
  ink.moveTo(x0, y0);
  ink.lineTo(x1, y1);
  ink.stroke();
}

/** 1,240 */
export const grouped = (value) => Math.round(value).toLocaleString("en-US");

/** To three digits; small and large ones with their power of ten. */
export function said(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) { const [digits, power] = value.toExponential(1).split("e"); return `${Number(digits)}e${Number(power)}`; }
  return String(Number(value.toPrecision(3)));
}

/** 12 % */
export const percent = (share) => (Number.isFinite(share) ? `${Number((100 * share).toPrecision(share < 0.1 ? 2 : 3))} %` : "–");

/** A colour of a scale [[0, "#…"], …, [1, "#…"]] as [red, green, blue]. */
export function shade(stops, share) {
  const at = Math.min(1, Math.max(0, share));
  const upper = Math.max(1, stops.findIndex(([place]) => place >= at));
  const [[low, from], [high, to]] = [stops[upper - 1], stops[upper]], part = (at - low) / (high - low || 1);
  const parts = (text) => [1, 3, 5].map((place) => parseInt(text.slice(place, place + 2), 16));
  const [a, b] = [parts(from), parts(to)];
  return a.map((value, channel) => Math.round(value + (b[channel] - value) * part));
}
