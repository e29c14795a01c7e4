// What happened to a run, as dotted lines with a sign on the chart and in words below it.

const SIGNS = { pause: "‖", resume: "▸", change: "Δ", fork: "↳", engine: "≡", other: "•" };
const ROOM = 170, SIGN = 14; // pixels that a mark's words take, and its sign
const LISTED = 6;

// Marks at one step are one: {step, epoch, x, words, kinds}. `runs`: those of the chart; forks of this one are marked, too.
export function marksOf(marks, runs) {
  const found = new Map();
  const add = (step, epoch, words, kind) => {
    if (!found.has(step)) found.set(step, { step, epoch, words: [], kinds: [] });
    const mark = found.get(step);
    if (mark.words.at(-1) !== words) mark.words.push(words);
    mark.kinds.push(kind);
  };
  for (const [step, epoch, words, kind] of marks) add(step, epoch, words, kind ?? "other");
  for (const run of runs) if (run.fork) add(run.from, null, run.name, "fork");
  return [...found.values()].sort((a, b) => a.step - b.step);
}

// Where runs of a chart of several leave others of it; `run`: the number of the one that is left.
export function branchesOf({ runs, hidden }) {
  const shown = (run) => !hidden.has(`run:${run.id}`);
  return runs.filter((run) => run.parent !== null && run.from !== null && shown(run) && shown(runs[run.parent]))
    .map((run) => ({ step: run.from, epoch: null, run: run.parent, words: [`fork: ${run.name}`], kinds: ["fork"] }));
}

const sign = (mark) => SIGNS[mark.kinds.find((kind) => kind !== "resume") ?? "resume"] ?? SIGNS.other;

// As Plotly's shapes and annotations; `x` of each is known, `end` is where the longest line ends, `width`
// how many pixels that are. Words stand where there is room, and wherever one rests.
export function drawn(marks, end, width, color) {
  const wide = Math.max(end, ...marks.map((mark) => mark.x)) * 1.02 || 1, needed = (ROOM * wide) / Math.max(width, 1);
  const shapes = marks.map(({ x }) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color, width: 1, dash: "dot" } }));
  // Marks that stand closer than a sign is wide have one sign, that of the last, which tells of all of them.
  const together = [];
  for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
    const last = together.at(-1), close = last && ((mark.x - last.x) * Math.max(width, 1)) / wide < SIGN;
    if (close) Object.assign(last, { x: mark.x, words: [...last.words, ...mark.words], kinds: [...last.kinds, ...mark.kinds] });
    else together.push({ x: mark.x, words: mark.words, kinds: mark.kinds });
  }
  const annotations = together.map((mark, i, marks) => {
    const right = (marks[i + 1]?.x ?? wide) - mark.x > needed, left = i === marks.length - 1 && mark.x - (marks[i - 1]?.x ?? 0) > 2 * needed;
    const words = mark.words.join(", "), short = words.length > 28 ? `${words.slice(0, 27)}…` : words;
    return { x: mark.x, yref: "paper", y: 1, yanchor: "top", xanchor: left && !right ? "right" : "left", text: right || left ? `${sign(mark)} ${short}` : sign(mark),
      hovertext: words, captureevents: true, showarrow: false, font: { size: 11, color } };
  });
  return { shapes, annotations };
}

// The list below the chart, for the keyboard and for who cannot see the lines. `light(step or null)` shows a mark's line.
export class MarkList {
  constructor(place, light) {
    [this.place, this.light] = [place, light];
    place.addEventListener("pointerover", (event) => this.over(event));
    place.addEventListener("focusin", (event) => this.over(event));
    for (const kind of ["pointerleave", "focusout"]) place.addEventListener(kind, () => light(null));
  }

  over(event) {
    const item = event.target.closest("li[data-step]");
    this.light(item ? Number(item.dataset.step) : null);
  }

  show(marks) {
    const shown = this.all ? marks : marks.slice(-LISTED), said = JSON.stringify([shown.map(({ step, words }) => [step, words]), marks.length]);
    this.place.hidden = !marks.length;
    if (said === this.said) return;
    this.said = said;
    const items = shown.map((mark) => {
      const item = document.createElement("li");
      item.tabIndex = 0;
      item.dataset.step = mark.step;
      const where = document.createElement("span");
      where.textContent = `step ${mark.step.toLocaleString("en-US")}`;
      item.append(`${sign(mark)} ${mark.words.join(", ")} `, where);
      return item;
    });
    if (shown.length < marks.length) {
      const more = document.createElement("li"), button = document.createElement("button");
      button.textContent = `${marks.length - shown.length} earlier`;
      button.onclick = () => { this.all = true; this.show(marks); this.place.querySelector("li")?.focus(); };
      more.append(button);
      items.unshift(more);
    }
    this.place.replaceChildren(...items);
  }
}
