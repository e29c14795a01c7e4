// The keyboard on the canvas. What it does is told in keys_list.js.

import { neighbour } from "./walk.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAN = 60, GRID = 8;

export function keys({ board, canvas, viewport, pointer, link, act }) {
  const { root } = canvas;

  const linking = (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Tab: event.shiftKey ? -1 : 1 };
    if (event.key in steps && link.order) link.step(steps[event.key]);
    else if (event.key === "Enter") link.finish();
    else if (event.key === "Escape") {
      link.cancel();
      board.say("Not connected.");
    } else return false;
    return true;
  };

  const walk = (event) => {
    const [dx, dy] = ARROWS[event.key];
    const path = act.one();
    if (!path) return viewport.pan(-dx * PAN, -dy * PAN);
    if (event.altKey && event.shiftKey) return act.nudge(dx * GRID, dy * GRID);
    if (event.altKey) return dx ? act.shift(dx) : act.nudge(0, dy * GRID);
    if (event.ctrlKey || event.metaKey) return viewport.pan(-dx * PAN, -dy * PAN);
    const next = neighbour(board, path, event.key);
    if (next) go(next, event.shiftKey);
  };

  const go = (path, more = false) => {
    board.select(more ? [...board.selection, path] : [path], { focus: path });
    canvas.focusOn(path);
    viewport.reveal(path);
  };

  // Edges into the focused node, one after the other, and back to the node.
  const edges = () => {
    const path = act.one() ?? canvas.edge?.[1];
    if (!path) return;
    const into = board.nodes.get(path).inputs ?? [];
    const at = canvas.edge && canvas.edge[1] === path ? into.indexOf(canvas.edge[0]) : -1;
    const edge = canvas.edges.find(into[at + 1], path);
    if (edge) {
      canvas.choose(edge);
      board.focus = path;
    } else board.say(into.length ? "No further edge." : `${board.name(path)} reads nothing.`);
  };

  const shown = () => board.view.order.filter((path) => canvas.boxes.has(path));
  const plain = {
    a: () => act.add(), "/": () => act.add(),
    c: () => act.one() && link.key(act.one()),
    e: edges, f: act.fit, 0: act.fit, 1: () => viewport.scale(1 / viewport.zoom, undefined, undefined, true),
    "+": () => viewport.scale(1.25, undefined, undefined, true), "=": () => viewport.scale(1.25, undefined, undefined, true),
    "-": () => viewport.scale(0.8, undefined, undefined, true),
    "?": () => board.ask("help"),
    delete: act.remove, backspace: act.remove, enter: act.enter, " ": () => {},
    home: () => shown()[0] && go(shown()[0]), end: () => shown().at(-1) && go(shown().at(-1)),
    escape: () => {
      canvas.several = false;
      canvas.choose(null);
    },
    f2: act.settings, t: act.tidy,
  };
  const withCtrl = {
    z: (event) => (event.shiftKey ? act.redo() : act.undo()), y: act.redo, a: act.all, d: act.duplicate,
    g: (event) => (event.shiftKey ? act.ungroup() : act.group()), enter: act.settings,
    "+": plain["+"], "=": plain["+"], "-": plain["-"], 0: act.fit,
  };

  root.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, select, button, [role=menu]")) return;
    const key = event.key.toLowerCase();
    const ctrl = event.ctrlKey || event.metaKey;
    if (key === " ") pointer.space = true;
    if (link.active && linking(event)) return done(event);
    if (key === "escape" && pointer.cancel()) return done(event);
    if (event.key in ARROWS) walk(event);
    else {
      const act = (ctrl ? withCtrl : event.altKey ? {} : plain)[key];
      if (!act) return;
      act(event);
    }
    done(event);
  });
  root.addEventListener("keyup", (event) => {
    if (event.key === " ") pointer.space = false;
  });
  root.addEventListener("focusout", () => (pointer.space = false));
  // Undo works from the panels, too, and where nothing has the focus, as after the page was loaded.
  const undoes = (event) => {
    if (event.defaultPrevented || !(event.ctrlKey || event.metaKey) || event.target.closest?.("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    withCtrl[key](event);
    done(event);
  };
  board.root.addEventListener("keydown", undoes);
  document.addEventListener("keydown", (event) => event.target === document.body && undoes(event), { signal: board.signal });
}

function done(event) {
  event.preventDefault();
  event.stopPropagation();
}
