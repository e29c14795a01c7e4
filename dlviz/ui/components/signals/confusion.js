// Which classes are taken for which. Each cell opens its examples; the arrows go from cell to cell.

import { sheet } from "./examples.js";
import { make, nothing, reading } from "./make.js";
import { grouped, shade } from "./plot.js";

export function confusion(place, room) {
  const words = reading(""), table = make("table", { class: "confusion" }), empty = nothing("");
  const body = make("div", { class: "scroll" }, table);
  place.append(words, body, empty);
  let shown = null;
  table.addEventListener("keydown", (event) => walk(table, event));
  return { draw() {
    room.examples.load();
    const frame = room.source.now("confusion") ?? shown;
    empty.hidden = Boolean(frame);
    words.hidden = body.hidden = !frame;
    if (!frame) { empty.textContent = room.missing("confusion", "There is no confusion matrix: it needs a task that predicts one of at most 50 classes."); return; }
    if (frame === shown && table.dataset.dark === String(room.data.dark)) return frame.step;
    [shown, table.dataset.dark] = [frame, room.data.dark];
    words.textContent = `A row is what ${grouped(frame.meta.of)} validation examples are, a column what the network takes them for: right ones lie on the diagonal. Press a cell to see its examples.`;
    fill(table, room, frame);
    return frame.step;
  } };
}

// The table is made once and its cells filled anew, so that the focus stays where it is.
function fill(table, room, frame) {
  const { names } = frame.meta, many = names.length, counts = frame.arrays.get("counts").data;
  if (table.dataset.names !== names.join("|")) {
    table.dataset.names = names.join("|");
    table.replaceChildren(make("caption", { class: "hidden" }, "Confusion matrix: rows are true classes, columns predicted ones"),
      make("thead", {}, make("tr", {}, make("th", { class: "corner" }, "is \\ taken for"), names.map((name) => make("th", { scope: "col" }, make("span", {}, name))))),
      make("tbody", {}, names.map((name, row) => make("tr", {}, make("th", { scope: "row" }, name),
        names.map((_, column) => make("td", {}, make("button", { type: "button", "data-row": row, "data-column": column, tabindex: row || column ? -1 : 0 })))))));
  }
  const totals = names.map((_, row) => counts.subarray(row * many, (row + 1) * many).reduce((sum, count) => sum + count, 0));
  for (const cell of table.querySelectorAll("td button")) {
    const [row, column] = [Number(cell.dataset.row), Number(cell.dataset.column)], count = counts[row * many + column], share = count / (totals[row] || 1);
    const [r, g, b] = shade(room.colors.sequential, Math.sqrt(share));
    cell.textContent = count || "";
    cell.style.background = `rgb(${r}, ${g}, ${b})`;
    cell.style.color = (0.299 * r + 0.587 * g + 0.114 * b) > 140 ? "#14181D" : "#FFFFFF";
    cell.classList.toggle("off", row !== column && count > 0);
    cell.setAttribute("aria-label", `${names[row]} taken for ${names[column]}: ${count} of ${totals[row]}`);
    // pressed while the pictures are on their way it would say that none was kept
    cell.onclick = () => count && room.examples.load().then(() => open(room, frame, row, column, count));
  }
}

function open(room, frame, row, column, count) {
  const { names } = frame.meta, members = frame.arrays.get("members"), each = members.shape[2];
  const numbers = [...members.data.subarray((row * names.length + column) * each, (row * names.length + column + 1) * each)].filter((number) => number >= 0);
  const kept = numbers.map((number) => [room.examples.find(number), `example ${grouped(number)}`]).filter(([example]) => example);
  const title = row === column ? `${names[row]}, rightly told` : `${names[row]}, taken for ${names[column]}`;
  const sentence = kept.length ? `${grouped(count)} validation ${count === 1 ? "example" : "examples"} at step ${grouped(frame.step)}${count > kept.length ? `; ${kept.length} of them:` : ":"}`
    : `${grouped(count)} validation ${count === 1 ? "example" : "examples"}; no picture of ${count === 1 ? "it" : "them"} was kept.`;
  sheet(room.root, title, sentence, kept);
}

function walk(table, event) {
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key], cell = event.target.closest("td button");
  if (!step || !cell) return;
  const next = table.querySelector(`[data-row="${Number(cell.dataset.row) + step[0]}"][data-column="${Number(cell.dataset.column) + step[1]}"]`);
  if (!next) return;
  event.preventDefault();
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
