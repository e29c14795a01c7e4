// Finding a layer or a block by what people type: its name, other words for it, what it does.

/** Everything in the menu: entries with their group and colours. */
export function entries(board) {
  const groups = board.menu.groups ?? board.menu;
  return groups.flatMap((group) => group.layers.map((entry) => ({ ...entry, group: group.group, name: nameOf(entry) })));
}

export function nameOf(entry) {
  return entry.block ?? entry.kind;
}

/** The entry of a layer's kind. */
export function known(board, kind) {
  const groups = board.menu.groups ?? board.menu;
  return groups.flatMap((group) => group.layers).find((entry) => entry.kind === kind && !entry.block);
}

/** The entry of a built-in block's title; a block of that title may have been changed since. */
export function builtIn(board, title) {
  const groups = board.menu.groups ?? board.menu;
  return groups.flatMap((group) => group.layers).find((entry) => entry.block === title);
}

/** The best first; [] where nothing answers to `text`. `shape`: what would flow into it, as the board writes shapes. */
export function found(all, text, shape = null) {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = all.map((entry, place) => [rank(entry, words), fits(entry, shape) ? 0 : 1, place, entry]);
  return ranked
    .filter(([score]) => score < 9)
    .sort(([one, unfit, at], [two, unfitToo, other]) => one - two || unfit - unfitToo || at - other)
    .map(([, , , entry]) => entry);
}

// How well an entry answers: 0 its very name … 8 a word somewhere in its description, 9 not at all.
function rank(entry, words) {
  if (!words.length) return 0;
  const name = entry.name.toLowerCase();
  const whole = words.join("");
  if (name === whole) return 0;
  if (name.startsWith(whole)) return 1;
  const each = words.map((word) => {
    if (name.startsWith(word)) return 2;
    if (parts(entry.name).some((part) => part.startsWith(word))) return 3;
    if (` ${entry.words ?? ""}`.toLowerCase().includes(` ${word}`)) return 4;
    if (name.includes(word)) return 5;
    if (entry.group.startsWith(word)) return 6;
    return ` ${entry.about} ${entry.when ?? ""}`.toLowerCase().includes(` ${word}`) ? 8 : 9;
  });
  return Math.max(...each);
}

function parts(name) {
  return name.split(/(?=[A-Z])/).map((part) => part.toLowerCase());
}

/** Whether an entry can take what has this shape; true where the shape is not known. */
export function fits(entry, shape) {
  if (!shape || entry.kind === "Input") return true;
  const [takes = "numbers"] = entry.takes ?? [];
  const holds = /\bid|token/.test(shape) ? "ids" : /mask|flag/.test(shape) ? "mask" : "numbers";
  if (takes !== "any" && takes !== holds) return false;
  return !entry.dims?.length || holds === "mask" || entry.dims.includes(dimensions(shape));
}

function dimensions(shape) {
  return shape === "1 number" ? 0 : shape.split("×").length;
}

/** Where something new goes when no place is named: after the focused layer, else at the end. */
export function anchor(board) {
  if (board.focus && board.nodes.has(board.focus)) return board.focus;
  return board.view.order.filter((path) => !board.inBlock(path)).at(-1) ?? null;
}

/** What to add for an entry: a block that adds what comes in to its result takes the size of what comes in. */
export function addition(entry, shape) {
  if (!entry.block) return { kind: entry.kind };
  const sizes = (shape ?? "").split("×").map(Number);
  const size = sizes.length === 3 ? sizes[0] : sizes.length === 2 ? sizes[1] : NaN; // channels of a picture, features of a step
  if (!entry.keeps || !fits(entry, shape) || !Number.isInteger(size) || size % 4) return { block: entry.block };
  return { block: entry.block, settings: { [entry.keeps]: size } };
}
