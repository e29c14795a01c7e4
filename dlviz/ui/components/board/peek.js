// Resting over a node shows what it computes and how its weights start, before anything is trained.

import { title } from "./canvas_node.js";
import { grouped, make } from "./elements.js";
import { known } from "./search.js";
import { fill } from "./weights.js";

const REST = 550; // milliseconds
const LARGEST = 4_000_000; // weights; more are not drawn for a glance

export function peek({ board, host, canvas, viewport }) {
  const box = make("div", { class: "card peek", "aria-hidden": "true", hidden: true }); // the panel says the same to all
  board.root.append(box);
  let timer;
  const away = () => {
    clearTimeout(timer);
    box.hidden = true;
  };
  const show = (path, group) => {
    const node = board.nodes.get(path);
    if (!node || !group.isConnected || board.drag || board.root.classList.contains("looking")) return;
    const entry = node.block ? null : known(board, node.kind);
    const flow = [...(node.ins ?? []), node.shape ?? "?"].join(" → ");
    const spread = node.parameters > 0 && node.parameters <= LARGEST && !node.block && make("div", { class: "spread" });
    box.replaceChildren(
      make("h3", {}, `${title(node)} `, make("small", {}, board.name(path))),
      entry?.formula ? make("p", { class: "formula" }, entry.formula) : make("p", {}, node.summary ?? ""),
      make("p", {}, [flow, node.parameters && `${grouped(node.parameters)} weights`, node.field && `sees ${node.field} of the input`].filter(Boolean).join(" · ")),
      ...(spread ? [make("p", { class: "paper" }, "How its weights start:"), spread] : []),
    );
    box.hidden = false;
    if (spread) fill(board, path, spread).then(() => !box.hidden && place(group));
    place(group);
  };
  const place = (group) => {
    const [here, root] = [group.getBoundingClientRect(), board.root.getBoundingClientRect()];
    const [wide, high] = [box.offsetWidth, box.offsetHeight];
    const [above, below] = [here.top - root.top - high - 10, here.bottom - root.top + 10];
    const [left, right] = [here.left - root.left - wide - 10, here.right - root.left + 10];
    const under = below + high < root.height - 6, over = above >= 6; // else beside it: what one looks at stays in sight
    const top = under ? below : over ? above : here.top - root.top;
    const start = under || over ? here.left - root.left : right + wide < root.width - 6 ? right : left;
    box.style.top = `${Math.max(6, Math.min(top, root.height - high - 6))}px`;
    box.style.left = `${Math.max(6, Math.min(start, root.width - wide - 6))}px`;
  };
  canvas.svg.addEventListener("pointerover", (event) => {
    away();
    const group = event.target.closest?.(".node");
    if (!group || event.pointerType === "touch" || event.buttons) return;
    timer = setTimeout(() => show(group.dataset.path, group), REST);
  });
  for (const gone of ["pointerleave", "pointerdown", "wheel", "keydown"]) canvas.svg.addEventListener(gone, away, { passive: true });
  viewport.addEventListener("moved", away);
  board.addEventListener("view", ({ detail }) => detail.remedies || away());
}
