// The drawing board: draws a network, lets it be changed by mouse, finger and keyboard, and speaks with the server
// itself. Streamlit only says which draft is shown and hears when it was changed.

import { bar } from "./bar.js";
import { Canvas } from "./canvas.js";
import { code } from "./code.js";
import { inspector } from "./inspector.js";
import { layout } from "./host.js";
import { list } from "./list.js";
import { Board } from "./model.js";
import { palette } from "./palette.js";
import { Viewport } from "./viewport.js";

const boards = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".board");
  let board = boards.get(root);
  if (!board) {
    board = new Board(root);
    boards.set(root, board);
    const host = layout(board);
    host.canvas = new Canvas(board, host);
    host.viewport = new Viewport(host.canvas);
    bar(board, host);
    for (const panel of [palette, inspector, list, code]) panel(board, host);
  }
  root.classList.toggle("dark", Boolean(component.data.dark));
  board.show(component.data, (name, value) => component.setTriggerValue(name, value));
}
