// How wide words are when drawn, and words that fit.

const paper = document.createElement("canvas").getContext("2d");
const known = new Map();

/** The width of `text` at `size` pixels, in the font of the canvas. */
export function width(text, size, weight = 400, mono = false) {
  const key = `${weight}${mono} ${text}`;
  let one = known.get(key);
  if (one === undefined) {
    paper.font = `${weight} 100px ${mono ? type.mono : type.plain}`;
    one = paper.measureText(text).width / 100;
    if (known.size > 5000) known.clear();
    known.set(key, one);
  }
  return one * size;
}

/** The fonts in use; set from the page's. */
export const type = { plain: "sans-serif", mono: "monospace" };

export function setType(root) {
  const style = getComputedStyle(root);
  const [plain, mono] = [style.getPropertyValue("--st-font") || "sans-serif", style.getPropertyValue("--st-code-font") || "monospace"];
  if (plain !== type.plain || mono !== type.mono) known.clear();
  Object.assign(type, { plain, mono });
}

/** `text`, shortened with … where it is wider than `room`. */
export function fitted(text, room, size, weight = 400, mono = false) {
  if (width(text, size, weight, mono) <= room) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const half = Math.ceil((low + high) / 2);
    if (width(`${text.slice(0, half)}…`, size, weight, mono) <= room) low = half;
    else high = half - 1;
  }
  return low ? `${text.slice(0, low).trimEnd()}…` : "";
}
