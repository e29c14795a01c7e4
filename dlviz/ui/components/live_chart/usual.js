// A few values far beyond all others (a first loss of 600, then 2.5) would flatten a curve to a line. They are left out of
// the picture, marked at its edge with what they are, and one click shows them.

const FEW = 0.03, FAR = 20; // at most this share of the points, if without them the axis is so many times shorter
const ENOUGH = 8; // fewer points say nothing about what is usual
const SAMPLED = 10000; // values that are looked at, with the ends of each line; more would take long to sort
const MARKED = 40; // signs at the edge

// The range in which nearly all of `lines` lie, {low, high}, null where an end is left as it is; null: nothing is far off.
export function usualRange(lines) {
  const all = lines.filter((line) => line.role !== "band").map((line) => line.trace.y.filter(Number.isFinite));
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
  let at = many - 1 - few; // as many as still fit well are kept
  while (values[at + 1] - least <= 2 * (usual - least)) at++;
  return values[at];
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
