// A few values far beyond all others (a first loss of 600, then 2.5) would flatten a curve to a line. They are left out of
// the picture, marked at its edge with what they are, and one click shows them.

const FEW = 0.03, FAR = 20; // at most this share of the points, if without them the axis is so many times shorter
const GAP = 4; // and only where they stand apart, so many times farther off than the next: a curve that falls smoothly is seen whole
const ENOUGH = 8; // fewer points say nothing about what is usual
const SAMPLED = 10000; // values that are looked at, with the ends of each line; more would take long to sort
const MARKED = 40; // signs at the edge

// The range in which nearly all of `lines` lie, {low, high}, null where an end is left as it is; null: nothing is far off.
export function usualRange(lines) {
  const own = lines.filter((line) => !["band", "smooth"].includes(line.role)); // smoothed, an outlier has no gap to the others
  const all = own.map((line) => line.trace.y.filter(Number.isFinite));
  const apart = Math.ceil(all.reduce((sum, y) => sum + y.length, 0) / SAMPLED);
  const values = Float64Array.from(all.flatMap((y) => (apart < 2 ? y : [...y.filter((_, i) => i % apart === 0), Math.min(...y), Math.max(...y)]))).sort();
  const many = values.length, few = Math.max(1, Math.floor(FEW * many));
  if (many < ENOUGH) return null;
  const [least, most] = [values[0], values[many - 1]];
  const high = below(values, few, least), low = -below(values.map((value) => -value).reverse(), few, -most);
  const range = { low: low === least ? null : low, high: high === most ? null : high };
  return range.low === null && range.high === null ? null : range;
}

// The greatest of the sorted `values` that is drawn. What is beyond it are at most `few`, and the widest gap parts them.
function below(values, few, least) {
  const many = values.length, most = values[many - 1], usual = values[many - 1 - few];
  if (!(most - least > FAR * Math.max(usual - least, 1e-9 * Math.abs(most)))) return most;
  let at = many - 1, widest = GAP;
  for (let i = many - 1 - few; i < many - 1; i++) {
    const gap = (values[i + 1] - least) / Math.max(values[i] - least, usual - least, 1e-9 * Math.abs(most));
    if (gap >= widest) [at, widest] = [i, gap];
  }
  return most - least > FAR * (values[at] - least) ? values[at] : most;
}

// Takes what lies beyond the range out of the traces of `lines`. {traces: their signs at the edge, many, furthest}.
export function leftOut(lines, { low, high }, color) {
  const sign = { x: [], y: [], text: [], symbols: [] };
  let many = 0, furthest = 0;
  for (const { role, trace } of lines) {
    trace.y = trace.y.map((value, i) => {
      const over = high !== null && value > high, under = low !== null && value < low;
      if (value === null || (!over && !under)) return value;
      if (role === "band") return over ? high : low;
      many++;
      if (Math.abs(value) > Math.abs(furthest)) furthest = value;
      if (sign.x.length < MARKED) {
        sign.x.push(trace.x[i]);
        sign.y.push(over ? high : low);
        sign.text.push(`${trace.name} ${Number(value.toPrecision(4)).toLocaleString("en-US")}, beyond the edge`);
        sign.symbols.push(over ? "triangle-up" : "triangle-down");
      }
      return null;
    });
  }
  const traces = sign.x.length ? [{ type: "scatter", mode: "markers", x: sign.x, y: sign.y, text: sign.text, name: "beyond", marker: { symbol: sign.symbols, size: 9, color },
    hovertemplate: "%{text}<extra></extra>", cliponaxis: false }] : [];
  return { traces, many, furthest };
}

// The line below a chart that says so, with the way to see everything.
export class Beyond {
  constructor(place, choose) {
    this.place = place;
    place.innerHTML = '<span></span> <button class="all"></button>';
    [this.words, this.button] = [place.querySelector("span"), place.querySelector("button")];
    this.button.onclick = () => choose({ all: !this.all });
  }

  // `found`: what was left out, or null; `all`: whether everything is drawn though something is far off.
  show(found, all) {
    this.all = all;
    this.place.hidden = !found && !all;
    if (this.place.hidden) return;
    const value = found && Number(found.furthest.toPrecision(3)).toLocaleString("en-US");
    this.words.textContent = found ? `▲ ${found.many === 1 ? `One value (${value}) lies` : `${found.many} values (up to ${value}) lie`} beyond this axis.` : "Some values lie far beyond the others.";
    this.button.textContent = found ? "Show all" : "Usual range";
  }
}
