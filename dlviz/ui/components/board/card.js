// What a layer is, on a card beside the pointer or the focus: what it does, when to use it, formula, picture, paper.

import { make, sentence } from "./elements.js";
import { nameOf } from "./search.js";

const WAIT = 260; // milliseconds of rest before it comes up

/** What there is to say about an entry of the menu, without its name. */
export function about(board, entry, { brief = false } = {}) {
  const dark = Number(Boolean(board.data?.dark));
  const picture = entry.sketch && make("img", {
    class: "sketch", src: `${entry.sketch}?dark=${dark}`, alt: `What ${nameOf(entry)} does to numbers`, loading: "lazy",
    onerror: (event) => event.target.remove(),
  });
  return make(
    "div", { class: "about" },
    sentence(entry.about ?? ""),
    entry.formula && make("p", { class: "formula" }, entry.formula),
    picture,
    !brief && entry.when && sentence(entry.when),
    entry.paper && make("p", { class: "paper" }, entry.paper),
  );
}

/** A card that comes up over `panel` for the elements that `entryOf` knows; Escape sends it away. */
export function card(board, panel, entryOf) {
  const box = make("div", { class: "card", role: "tooltip", id: "board-card", hidden: true });
  board.root.append(box);
  let timer, shown;
  const away = () => {
    clearTimeout(timer);
    box.hidden = true;
    shown?.removeAttribute("aria-describedby");
    shown = null;
  };
  const show = (element, entry) => {
    if (!element.isConnected || board.drag) return;
    box.replaceChildren(make("h3", {}, nameOf(entry)), about(board, entry));
    box.hidden = false;
    shown = element;
    element.setAttribute("aria-describedby", "board-card");
    const [here, root] = [element.getBoundingClientRect(), board.root.getBoundingClientRect()];
    const beside = panel.getBoundingClientRect().right - root.left + 6;
    const room = root.width - beside > box.offsetWidth;
    box.style.left = `${room ? beside : Math.max(6, root.width - box.offsetWidth - 6)}px`;
    box.style.top = `${Math.max(6, Math.min(here.top - root.top - 8, root.height - box.offsetHeight - 6))}px`;
  };
  const soon = (event) => {
    const element = event.target.closest?.("button");
    const entry = element && entryOf(element);
    clearTimeout(timer);
    if (!entry || event.pointerType === "touch") return away();
    timer = setTimeout(() => show(element, entry), shown ? 60 : WAIT);
  };
  panel.addEventListener("pointerover", soon);
  panel.addEventListener("focusin", (event) => event.target.matches?.(":focus-visible") && soon(event));
  panel.addEventListener("pointerleave", away);
  panel.addEventListener("focusout", away);
  panel.addEventListener("pointerdown", away);
  panel.addEventListener("scroll", away, { passive: true });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || box.hidden) return;
    event.stopPropagation();
    away();
  });
  return away;
}
