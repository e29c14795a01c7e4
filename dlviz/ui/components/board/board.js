// The drawing board: draws a network, lets it be changed by mouse, finger and keyboard, and speaks with the server
// itself. Streamlit only says which draft is shown and hears when it was changed.

import { actions } from "./actions.js";
import { bar } from "./bar.js";
import { Canvas } from "./canvas.js";
import { carry } from "./carry.js";
import { Clipboard } from "./clipboard.js";
import { code } from "./code.js";
import { Menu } from "./context.js";
import { empty } from "./empty.js";
import { flowLabel } from "./flow_label.js";
import { layout } from "./host.js";
import { inside } from "./inside.js";
import { inspector } from "./inspector.js";
import { keys } from "./keys.js";
import { keysList } from "./keys_list.js";
import { Link } from "./link.js";
import { list } from "./list.js";
import { minimap } from "./minimap.js";
import { Board } from "./model.js";
import { palette } from "./palette.js";
import { peek } from "./peek.js";
import { Pointer } from "./pointer.js";
import { Viewport } from "./viewport.js";
import { zoom } from "./zoom.js";

const boards = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".board");
  if (!boards.has(root)) boards.set(root, assembled(root));
  const board = boards.get(root);
  root.classList.toggle("dark", Boolean(component.data.dark));
  board.show(component.data, (name, value) => component.setTriggerValue(name, value));
  return () => setTimeout(() => root.isConnected || board.end());
}

// Each tool knows those before it, by name.
function assembled(root) {
  const board = new Board(root);
  const host = (board.host = layout(board));
  const tools = { board, host };
  tools.canvas = host.canvas = new Canvas(board, host);
  tools.viewport = host.viewport = new Viewport(tools.canvas);
  tools.act = host.act = actions(tools);
  tools.link = new Link(tools);
  tools.clipboard = new Clipboard(tools);
  tools.menu = Object.assign(new Menu(tools), tools);
  tools.pointer = new Pointer(tools);
  for (const tool of [keys, keysList, carry, zoom, minimap, flowLabel, peek, empty, bar]) tool(tools);
  for (const panel of [palette, inspector, list, code, inside]) panel(board, host);
  return board;
}
