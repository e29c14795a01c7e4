// The list of keys behind `?`.

import { button, element } from "./make.js";

const KEYS = [
  ["Add and connect", [
    ["A or /", "add a layer or block by typing its name"], ["C", "connect: arrows choose the target, Enter connects, Escape ends"],
    ["E", "choose the edges into this layer, one after the other"], ["Delete", "remove what is selected, or the chosen edge"],
    ["Ctrl+D", "duplicate"], ["Ctrl+C Ctrl+X Ctrl+V", "copy, cut, paste: between networks and tabs, too"],
  ]],
  ["Walk and select", [
    ["← →", "along the edges"], ["↑ ↓", "to the layer above or below"], ["Home End", "to the first or last layer"],
    ["Shift+arrow", "select more"], ["Ctrl+A", "select all"], ["Enter", "open or close a block; go to a layer's settings"],
  ]],
  ["Change", [
    ["Ctrl+Z Ctrl+Y", "undo, redo"], ["Alt+← Alt+→", "earlier or later in its chain"], ["Alt+Shift+arrow", "move by the grid"],
    ["Ctrl+G Ctrl+Shift+G", "make a block of what is selected; take one apart"], ["T", "tidy up: lay everything out anew"],
  ]],
  ["Look", [
    ["F", "show everything"], ["1", "at 100 %"], ["+ −", "zoom; so do Ctrl+wheel and two fingers"],
    ["Space+drag", "move the drawing; so does dragging the ground"], ["Shift+drag", "select by a box"], ["Alt while dragging", "place freely, off the grid"],
  ]],
];

export function keysList({ board }) {
  const dialog = element("dialog", "keys-list");
  dialog.setAttribute("aria-label", "Keys of the drawing board");
  const head = element("div", "keys-head");
  head.append(element("h3", "", "Keys of the drawing board"), button("Close (Escape)", "close", () => dialog.close()));
  const columns = element("div", "keys-columns");
  for (const [title, keys] of KEYS) {
    const part = element("section");
    const list = element("dl");
    for (const [key, does] of keys) {
      const term = element("dt");
      for (const one of key.split(/ (?=Ctrl|Alt\+→|→|↓|End|−)/)) term.append(element("kbd", "", one));
      list.append(term, element("dd", "", does));
    }
    part.append(element("h4", "", title), list);
    columns.append(part);
  }
  dialog.append(head, columns);
  dialog.onclick = (event) => event.target === dialog && dialog.close();
  dialog.onkeydown = (event) => event.stopPropagation();
  board.root.append(dialog);
  board.addEventListener("ask", ({ detail }) => detail.what === "help" && !dialog.open && dialog.showModal());
}
