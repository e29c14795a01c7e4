// One layer as a card, one closed block as a stack of cards.

import { hasRoom, places, PORT, portAt } from "./geometry.js";
import { grouped, shape, short } from "./make.js";
import { fitted, width } from "./type.js";

const PAD = 14;

/** Fill the group `box` of a node that is drawn as a card. */
export function card(box, node, name) {
  const [w, h] = node.size;
  const parts = [];
  if (node.block) for (const off of [7, 3.5]) parts.push(shape("rect", { class: "stack", x: off, y: off, width: w, height: h, rx: 8 }));
  parts.push(
    shape("rect", { class: "body", width: w, height: h, rx: 8 }),
    shape("path", { class: "edge-color", d: `M8 0A8 8 0 0 0 0 8V${h - 8}A8 8 0 0 0 8 ${h}H5V0Z` }),
    words(node, name, w, h),
    big(node, w, h),
  );
  if (node.share) parts.push(cost(node, w, h));
  parts.push(...ports(node, w, h));
  if (node.block) parts.push(fold(w - 20, 16, false));
  if (node.problems?.length) parts.push(badge(node.problems.length, w));
  box.replaceChildren(...parts);
}

/** Whether a name tells more than the layer's kind: conv2d_2 does not. */
export function telling(name, node) {
  const plain = name.toLowerCase().replace(/[_\d]+$/, "").replace(/_/g, "");
  const kind = (node.block?.title ?? node.kind).toLowerCase();
  return !kind.startsWith(plain);
}

export function title(node) {
  return node.block ? node.block.title : node.kind;
}

function words(node, name, w, h) {
  const room = w - PAD - 10;
  const text = shape("g", { class: "words" });
  const lines = node.summary ? [0.335, 0.6, 0.845] : [0.41, 0, 0.745];
  const at = (line) => Math.round(h * lines[line] * 2) / 2;
  const times = node.block?.repeat > 1 ? `×${node.block.repeat}` : "";
  const kind = fitted(title(node), room - (node.block ? 22 : 0) - (times ? 6 + width(times, 12) : 0), 13, 600);
  text.append(line("kind", PAD, at(0), kind));
  let used = width(kind, 13, 600);
  if (times) text.append(line("times", PAD + used + 6, at(0), times)), (used += 6 + width(times, 12));
  if (telling(name, node)) {
    const shown = fitted(name, room - used - 8 - (node.block ? 22 : 0), 11, 400, true);
    if (shown.length > 2) text.append(line("name", PAD + used + 7, at(0), shown));
  }
  if (node.summary) text.append(line("summary", PAD, at(1), fitted(node.summary, room, 11)));
  const weights = node.parameters ? short(node.parameters) : "";
  const given = node.shape ?? "unknown";
  const left = room - (weights ? width(weights, 10.5) + 8 : 0);
  const whole = width(given, 11.5, 600) <= left;
  text.append(line(node.shape ? "shape" : "shape unknown", PAD, at(2), fitted(given, whole ? left : room, 11.5, node.shape ? 600 : 400)));
  if (weights && whole) {
    const label = line("weights", w - 10, at(2), weights);
    label.append(shape("title", {}, `${grouped(node.parameters)} weights`));
    text.append(label);
  }
  return text;
}

// What is left when one looks from far: the kind and what comes of it, as large as the card allows.
function big(node, w, h) {
  const text = (name, words, most, y) => {
    const size = Math.min(most, (w - 14) / width(words, 1, 600));
    return shape("text", { class: name, x: w / 2 + 2.5, y: y + size * 0.35, "font-size": size.toFixed(1) }, words);
  };
  return shape("g", { class: "big" }, text("what", title(node), 21, h * 0.3), text("gives", node.shape ?? "?", 18, h * 0.72));
}

function line(name, x, y, text) {
  return shape("text", { class: name, x, y }, text);
}

/** Draw a card's share of the cost anew. */
export function recost(box, node) {
  box.querySelector(":scope > .cost")?.replaceWith(cost(node, ...node.size));
}

function cost(node, w, h) {
  const full = w - PAD - 10;
  return shape(
    "g", { class: "cost" },
    shape("rect", { class: "of", x: PAD, y: h - 5, width: full, height: 2.5, rx: 1.25 }),
    shape("rect", { class: "share", x: PAD, y: h - 5, width: Math.max(2.5, full * node.share), height: 2.5, rx: 1.25 }),
    shape("title", {}, `${node.share < 0.01 ? "less than 1" : Math.round(100 * node.share)} % of the operations`),
  );
}

/** The button that folds a block or opens it. */
export function fold(x, y, open) {
  return shape(
    "g", { class: "fold", transform: `translate(${x} ${y})` },
    shape("circle", { class: "hit", r: 12 }),
    shape("path", { d: open ? "M-4.5 -2.5L0 2.5L4.5 -2.5" : "M-2.5 -4.5L2.5 0L-2.5 4.5" }),
    shape("title", {}, open ? "Close this block (Enter)" : "Open this block (Enter)"),
  );
}

/** How many problems: a sign and a number, not colour alone. */
export function badge(many, w) {
  return shape(
    "g", { class: "badge", transform: `translate(${w - 24} -8)` },
    shape("rect", { class: "hit", x: -8, y: -10, width: 46, height: 32 }),
    shape("rect", { class: "disc", width: 30, height: 17, rx: 8.5 }),
    shape("path", { d: "M9 4.2L13.6 12.6H4.4ZM9 7.2V9.6M9 10.9V11.1" }),
    shape("text", { x: 21, y: 12.4 }, String(many)),
    shape("title", {}, "What is wrong here, and what mends it"),
  );
}

/** The ports of a box: inputs at the left, the output at the right. */
export function ports(node, w, h) {
  const many = places(node), made = [];
  for (let place = 0; place < many; place++)
    made.push(port("in", 0, portAt(h, place, many), place, !(node.inputs ?? [])[place]));
  if (hasRoom(node) && (node.inputs ?? []).length >= many) made.push(port("in more", 0, many ? h - 5 : h / 2, many, true));
  made.push(port("out", w, h / 2, 0, false));
  return made;
}

function port(name, x, y, place, free) {
  const made = shape(
    "g", { class: `port ${name}${free ? " free" : ""}`, transform: `translate(${x} ${y})`, "data-place": place },
    shape("circle", { class: "hit", r: 11 }), shape("circle", { class: "dot", r: PORT }),
  );
  return made;
}
