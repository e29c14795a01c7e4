// All layers and blocks by family: found by typing, added by a click, Enter, or by dragging onto the canvas.
//
// While something is dragged, board.drag is {kind} or {block}; the canvas follows the pointer itself and adds it.

import { card } from "./card.js";
import { button, focused, make } from "./elements.js";
import { addition, anchor, entries, fits, found } from "./search.js";

export { quickAdd } from "./quickadd.js";

const FAR = 6; // pixels that a pressed pointer moves before it drags

export function palette(board, host) {
  const search = make("input", {
    type: "search", placeholder: "Search: conv, skip, dense …", "aria-label": "Search layers and blocks", autocomplete: "off",
  });
  const where = make("p", { class: "where" });
  const groups = make("div", { class: "groups" });
  const none = make("p", { class: "none", role: "status" });
  host.palette.classList.add("palette");
  host.palette.append(make("div", { class: "search" }, search), where, none, groups);

  const chips = new Map(); // element → entry
  const add = (entry) => board.add(addition(entry, board.nodes.get(anchor(board))?.shape));
  const away = card(board, host.palette, (element) => chips.get(element));

  function fill() {
    chips.clear();
    const all = entries(board);
    const names = [...new Set(all.map((entry) => entry.group))];
    groups.replaceChildren(...names.map((name) => group(name, all.filter((entry) => entry.group === name))));
    narrow();
  }

  function group(name, members) {
    const box = make("div", { class: "chips" }, ...members.map(chip));
    const made = make("section", { class: "group", "aria-label": name }, make("h2", {}, name), box);
    made.style.setProperty("--group", board.color(name));
    return made;
  }

  function chip(entry) {
    const made = button(entry.name, () => add(entry), { class: "chip", tabIndex: -1 });
    chips.set(made, entry);
    made.addEventListener("pointerdown", (event) => drag(event, made, entry));
    return made;
  }

  // What the text does not name goes; what does not fit the shape at hand is pale, and stands behind the rest.
  function narrow() {
    const after = anchor(board);
    const shape = board.nodes.get(after)?.shape ?? null;
    const all = [...chips.values()];
    const left = new Set(found(all, search.value, shape));
    for (const [element, entry] of chips) {
      const unfit = !fits(entry, shape);
      element.hidden = !left.has(entry);
      element.classList.toggle("unfit", unfit);
      element.title = unfit ? `${entry.name} cannot take ${shape}: it will say what would mend it` : "";
    }
    rove();
    for (const section of groups.children) section.hidden = ![...section.querySelectorAll(".chip")].some((each) => !each.hidden);
    none.textContent = left.size ? "" : "No layer or block answers to that.";
    where.textContent = !after ? "Begins the network" : `Goes after ${board.name(after)}${shape ? `, which gives ${shape}` : ""}`;
  }

  // Tab comes to one of them, arrows walk among them: the drawing is then two steps away, not a hundred.
  function rove(to = null) {
    const shown = [...chips.keys()].filter((each) => !each.hidden);
    const one = to ?? shown.find((each) => each.tabIndex === 0) ?? shown[0];
    for (const each of chips.keys()) each.tabIndex = each === one ? 0 : -1;
  }

  function best() {
    const shape = board.nodes.get(anchor(board))?.shape ?? null;
    return found([...chips.values()], search.value, shape)[0];
  }

  search.addEventListener("input", narrow);
  groups.addEventListener("focusin", ({ target }) => chips.has(target) && rove(target));
  host.palette.addEventListener("keydown", (event) => {
    const shown = [...chips.keys()].filter((each) => !each.hidden);
    const at = shown.indexOf(focused(search));
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === "Enter" && event.target === search) {
      const entry = best();
      if (entry) add(entry).then(() => search.select());
    } else if (event.key === "Escape" && search.value) {
      search.value = "";
      narrow();
      search.focus();
    } else if (event.key === "Escape") host.canvas?.focusOn(board.focus);
    else if (step && (event.target !== search || event.key === "ArrowDown")) {
      if (at === 0 && step < 0) search.focus();
      else shown[Math.min(shown.length - 1, at + step)]?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function drag(event, element, entry) {
    if (event.button !== 0 || !event.isPrimary) return;
    if (element.hasPointerCapture?.(event.pointerId)) element.releasePointerCapture(event.pointerId); // a finger's is taken by itself
    const [x, y] = [event.clientX, event.clientY];
    let ghost = null;
    const move = (moved) => {
      if (!ghost) {
        if (Math.hypot(moved.clientX - x, moved.clientY - y) < FAR) return;
        board.drag = entry.block ? { block: entry.block } : { kind: entry.kind };
        away();
        ghost = make("div", { class: "ghost", "aria-hidden": true }, entry.name);
        ghost.style.setProperty("--group", board.color(entry.group));
        board.root.append(ghost);
        element.addEventListener("click", (click) => (click.stopImmediatePropagation(), click.preventDefault()), { capture: true, once: true });
      }
      const root = board.root.getBoundingClientRect();
      ghost.style.translate = `${moved.clientX - root.left + 10}px ${moved.clientY - root.top + 8}px`;
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      removeEventListener("keydown", stop, true);
      ghost?.remove();
      setTimeout(() => (board.drag = null)); // after the canvas has had the same event
    };
    const stop = (pressed) => {
      if (pressed.key !== "Escape") return;
      pressed.stopPropagation();
      board.drag = null;
      end();
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    addEventListener("keydown", stop, true);
  }

  board.addEventListener("menu", fill);
  board.addEventListener("selection", narrow);
  board.addEventListener("view", narrow);
  board.addEventListener("ask", ({ detail }) => {
    if (detail.what !== "palette") return;
    host.fold?.("palette", false);
    search.focus();
    search.select();
  });
}
