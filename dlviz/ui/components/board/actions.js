// What can be done to what is selected: one place for keys, the bar and the menus.

import { quickAdd } from "./quickadd.js";

/** The acts of the board by name; each takes what is selected from the board itself. */
export function actions({ board, canvas, viewport, host }) {
  const chosen = () => board.view.order.filter((path) => board.selection.has(path));
  const outermost = () => chosen().filter((path) => !chosen().some((other) => path.startsWith(`${other}.`)));
  const one = () => (board.nodes.has(board.focus) ? board.focus : (chosen()[0] ?? null));
  const act = {
    chosen,
    outermost,
    one,
    // What is still on its way can be undone, too: edits are done one after the other.
    undo: () => (board.can.undo || board.queue.length) && board.send({ do: "undo" }),
    redo: () => (board.can.redo || board.queue.length) && board.send({ do: "redo" }),
    remove() {
      if (canvas.edge) {
        const [from, to] = canvas.edge;
        board.edge = null;
        return board.send({ do: "disconnect", from, to });
      }
      const nodes = outermost();
      return nodes.length ? board.send({ do: "remove", nodes }) : board.say("Nothing is selected.");
    },
    duplicate: () => outermost().length && board.send({ do: "duplicate", nodes: outermost() }),
    all: () => {
      board.select(board.view.order.filter((path) => canvas.boxes.has(path) && !board.inBlock(path)));
      board.say(`${board.selection.size} layers selected.`);
    },
    group: () => {
      const nodes = outermost();
      if (!nodes.length) return board.say("Select the layers that shall be one block.");
      return board.send({ do: "group", nodes, title: title(board) });
    },
    ungroup: () => {
      const blocks = outermost().filter((path) => board.nodes.get(path).block);
      if (!blocks.length) return board.say("Select a block to take it apart.");
      return board.send(...blocks.map((node) => ({ do: "ungroup", node })));
    },
    open: (path = one()) => {
      const { block } = board.nodes.get(path) ?? {};
      return block && board.send({ do: "open", node: path, open: !block.open });
    },
    enter: () => {
      const path = one();
      if (board.nodes.get(path)?.block) return act.open(path);
      if (path) board.ask("settings", { node: path });
    },
    settings: () => one() && board.ask("settings", { node: one() }),
    tidy: () => board.send({ do: "tidy" }),
    fit: () => viewport.fit(),
    /** Add by typing, at the chosen edge or after the node in focus; `screen`: where on the screen. */
    add: (at = {}, screen = null) => {
      const path = one();
      if (!Object.keys(at).length && canvas.edge) at = { edge: canvas.edge };
      const box = path && canvas.groups.get(path)?.getBoundingClientRect();
      return quickAdd(board, at, screen ?? (box ? { x: box.right + 8, y: box.top } : {}));
    },
    shift: (by) => one() && board.send({ do: "shift", node: one(), by }),
    nudge: (dx, dy) => {
      const at = Object.fromEntries(outermost().map((path) => [path, board.nodes.get(path).at.map((value, axis) => value + [dx, dy][axis])]));
      return Object.keys(at).length && board.send({ do: "move", at });
    },
    panel: (name) => host.fold(name),
  };
  return act;
}

// A block's title names a class in the code; the first that is free.
function title(board) {
  const taken = new Set([...board.nodes.values()].map((node) => node.block?.title).filter(Boolean));
  let number = 1;
  while (taken.has(`Block${number}`)) number += 1;
  return `Block${number}`;
}
