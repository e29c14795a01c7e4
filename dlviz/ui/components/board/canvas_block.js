// An open block: a frame with a header; its inner layers are drawn as any others, inside it.

import { badge, fold, ports, telling, title } from "./canvas_node.js";
import { shape } from "./make.js";
import { fitted, width } from "./type.js";

export const HEADER = 30;
const SIDE = 24, HEAD = 40; // around what a role holds

/** Fill the group `box` of an open block that is `w` by `h` just now. */
export function frame(box, node, name, w, h) {
  const parts = [
    shape("rect", { class: "body", width: w, height: h, rx: 10 }),
    shape("path", { class: "header", d: `M10 0H${w - 10}A10 10 0 0 1 ${w} 10V${HEADER}H0V10A10 10 0 0 1 10 0Z` }),
  ];
  const text = shape("g", { class: "words" });
  const kind = fitted(title(node), w - 50, 13, 600);
  text.append(shape("text", { class: "kind", x: 14, y: 20 }, kind));
  let at = 14 + width(kind, 13, 600) + 8;
  if (node.block.repeat > 1) {
    text.append(shape("text", { class: "times", x: at, y: 20 }, `×${node.block.repeat}`));
    at += width(`×${node.block.repeat}`, 12) + 8;
  }
  const rest = [telling(name, node) ? name : "", node.summary ?? "", node.shape ? `gives ${node.shape}` : ""].filter(Boolean).join(" · ");
  text.append(shape("text", { class: "summary", x: at, y: 20 }, fitted(rest, w - at - 40, 11)));
  const size = Math.min(24, (w - 60) / width(title(node), 1, 600));
  const big = shape("text", { class: "big", x: 14, y: HEADER / 2 + size * 0.35, "font-size": size.toFixed(1) }, title(node));
  parts.push(text, big, fold(w - 20, 15, true), ...ports(node, w, h));
  if (node.problems?.length) parts.push(badge(node.problems.length, w));
  box.replaceChildren(...parts);
}

/** The frame of one role, where a draft has several networks: around what it holds, at least `kept` [x, y, w, h]. */
export function role(name, about, [x0, y0, x1, y1], kept) {
  const [kx, ky, kw, kh] = kept ?? [x0, y0, 0, 0];
  const [x, y] = [Math.min(x0 - SIDE, kx), Math.min(y0 - HEAD, ky)];
  const [w, h] = [Math.max(x1 + SIDE, kx + kw) - x, Math.max(y1 + SIDE, ky + kh) - y];
  const called = name.charAt(0).toUpperCase() + name.slice(1);
  const used = width(called, 15, 650) + 30;
  return shape(
    "g", { class: "role", transform: `translate(${x} ${y})` },
    shape("rect", { width: w, height: h, rx: 12 }),
    shape("text", { class: "role-name", x: 16, y: 24 }, called),
    shape("text", { class: "summary", x: used, y: 24 }, fitted(about ?? "", Math.max(0, w - used - 16), 11.5)),
  );
}
