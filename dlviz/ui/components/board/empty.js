// What an empty canvas offers: the way in.

import { element } from "./make.js";

export function empty({ board, canvas }) {
  const box = element("div", "empty");
  box.hidden = true;
  const add = element("button", "primary", "Add the Input");
  add.type = "button";
  add.onclick = () => board.send(...Object.keys(board.view.roles).map((scope) => ({ do: "add", kind: "Input", scope })));
  const templates = element("button", "plain", "Begin with a template");
  templates.type = "button";
  templates.onclick = () => board.ask("templates");
  const buttons = element("div", "empty-buttons");
  buttons.append(add, templates);
  const words = element("p", "", "Nothing is drawn yet. A network begins with its Input: what it shall learn from.");
  box.append(words, buttons);
  const loading = element("p", "empty loading", "Drawing the network …");
  canvas.root.append(box, loading);
  board.addEventListener("view", () => {
    loading.remove();
    box.hidden = board.nodes.size > 0;
    templates.hidden = !board.offersTemplates;
  });
}
