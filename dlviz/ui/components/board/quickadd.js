// Adding by typing: a field with the best matches under it, where the new layer will stand.

import { focused, fresh, make } from "./elements.js";
import { floor } from "./floor.js";
import { addition, anchor, entries, fits, found } from "./search.js";

const MOST = 8;

/**
 * Ask for a layer or block and add it at `place` ({after, edge, at, scope, reads} as in `board.add`; {}: after the focus).
 * `x`, `y`: where it comes up, in pixels of the window; without them in the middle of the stage.
 * Resolves to true where something was added; the focus then is up to the caller.
 */
export function quickAdd(board, place = {}, { x, y } = {}) {
  board.closeQuickAdd?.();
  const id = fresh();
  const input = make("input", {
    type: "text", role: "combobox", "aria-expanded": true, "aria-controls": id, "aria-autocomplete": "list", autocomplete: "off",
    spellcheck: "false", placeholder: "Which layer or block?", "aria-label": "Add a layer or block: type its name",
  });
  const list = make("ul", { role: "listbox", id, "aria-label": "Layers and blocks" });
  const where = make("p", { class: "where" });
  const box = make("div", { class: "quick", role: "dialog", "aria-label": "Add a layer or block" }, input, where, list);
  const before = focused(board.root);
  const from = place.after ?? place.reads?.[0] ?? place.edge?.[0] ?? (place.at || place.scope ? null : anchor(board));
  const shape = from ? board.nodes.get(from)?.shape : null;
  where.textContent = place.edge
    ? `Goes between ${board.name(place.edge[0])} and ${board.name(place.edge[1])}`
    : from ? `Goes after ${board.name(from)}${shape ? `, which gives ${shape}` : ""}` : "Stands by itself until it is connected";
  board.root.append(box);
  stand(board, box, x, y);

  return new Promise((done) => {
    let shown = [], at = 0;
    const close = (added) => {
      if (!box.isConnected) return;
      board.closeQuickAdd = null;
      input.onblur = null;
      box.remove();
      if (!added) before?.focus?.({ preventScroll: true });
      done(added);
    };
    const take = async (entry) => {
      if (!entry) return;
      input.onblur = null; // it loses the focus as it goes, and has been answered
      board.closeQuickAdd = null;
      box.remove();
      before?.focus?.({ preventScroll: true });
      done(Boolean(await board.add(addition(entry, shape), place)));
    };
    const mark = () => {
      [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
      const item = list.children[at];
      if (item) input.setAttribute("aria-activedescendant", item.id);
      else input.removeAttribute("aria-activedescendant");
      item?.scrollIntoView({ block: "nearest" });
    };
    const fill = () => {
      shown = found(entries(board), input.value, shape).slice(0, input.value.trim() ? MOST : 40);
      at = 0;
      list.replaceChildren(...shown.map((entry, number) => {
        const item = make(
          "li", { role: "option", id: `${id}-${number}`, class: fits(entry, shape) ? "" : "unfit", onpointerdown: (event) => (event.preventDefault(), take(entry)) },
          make("b", {}, entry.name), make("span", {}, entry.about.split(/[.:;]/)[0]),
        );
        item.style.setProperty("--group", board.color(entry.group));
        return item;
      }));
      if (!shown.length) list.append(make("li", { class: "none", role: "option", "aria-disabled": true, id: `${id}-0` }, "No layer or block answers to that."));
      mark();
    };
    input.addEventListener("input", fill);
    input.onblur = () => close(false);
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Enter") take(shown[at]);
      else if (event.key === "Escape") close(false);
      else if (step && shown.length) (at = (at + step + shown.length) % shown.length), mark();
      else return event.stopPropagation(); // what is typed here is no shortcut of the canvas
      event.preventDefault();
      event.stopPropagation();
    });
    board.closeQuickAdd = () => close(false);
    fill();
    input.focus({ preventScroll: true });
  });
}

// Near the asked point, but whole within the board.
function stand(board, box, x, y) {
  const root = board.root.getBoundingClientRect();
  const stage = board.host?.stage?.getBoundingClientRect() ?? root;
  const [wide, high] = [box.offsetWidth, 300];
  const left = (x ?? stage.left + stage.width / 2 - wide / 2) - root.left;
  const top = (y ?? stage.top + Math.min(80, stage.height / 6)) - root.top;
  box.style.left = `${Math.max(6, Math.min(left, root.width - wide - 6))}px`;
  box.style.top = `${Math.max(6, Math.min(top, floor(board.root) - high - 6))}px`;
}
