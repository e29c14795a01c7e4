// Dropping something new from the palette: onto an edge it goes between, onto the ground it stands there.
// While something is dragged, `board.drag` is {kind} or {block}.

import { edgeUnder, light } from "./drag.js";
import { GRID } from "./guides.js";

export function carry({ board, canvas, viewport }) {
  let edge = null;
  const over = (event) => {
    const box = canvas.root.getBoundingClientRect();
    return event.clientX > box.left && event.clientX < box.right && event.clientY > box.top && event.clientY < box.bottom;
  };
  addEventListener("pointermove", (event) => {
    if (!board.drag) return edge && ((edge = null), light(canvas, null));
    const found = over(event) ? near(canvas, event) : null;
    if (found !== edge) light(canvas, found);
    edge = found;
    canvas.root.classList.toggle("receiving", over(event));
  }, { signal: board.signal });
  addEventListener("pointerup", (event) => {
    canvas.root.classList.remove("receiving");
    const { drag } = board;
    if (!drag) return;
    const found = edge;
    light(canvas, null);
    edge = null;
    if (!over(event)) return;
    if (found) return board.add(drag, { edge: [found.from, found.to] });
    const frame = frameUnder(canvas, event);
    const [x, y] = viewport.world(event);
    board.add(drag, { at: [snap(x - 56), snap(y - 28)], scope: frame ?? role(board, canvas, [x, y]) });
  }, { signal: board.signal });
}

// The edge at the pointer or a little beside it: nobody aims at a line of two pixels.
function near(canvas, { clientX, clientY }) {
  for (const [dx, dy] of [[0, 0], [0, -14], [0, 14], [-14, 0], [14, 0], [0, -26], [0, 26]]) {
    const found = edgeUnder(canvas, { clientX: clientX + dx, clientY: clientY + dy });
    if (found) return found;
  }
  return null;
}

function frameUnder(canvas, { clientX, clientY }) {
  for (const found of canvas.root.getRootNode().elementsFromPoint(clientX, clientY)) {
    const frame = found.closest?.(".block-frame");
    if (frame && canvas.root.contains(frame)) return frame.dataset.path;
  }
  return null;
}

/** The role whose nodes are nearest to a point. */
export function role(board, canvas, [x, y]) {
  let best = [Infinity, Object.keys(board.view.roles)[0]];
  for (const [path, box] of canvas.boxes) {
    const far = Math.hypot(box[0] + box[2] / 2 - x, 3 * (box[1] + box[3] / 2 - y)); // roles lie one below the other
    if (far < best[0]) best = [far, path.slice(0, path.indexOf("."))];
  }
  return best[1];
}

function snap(value) {
  return Math.round(value / GRID) * GRID;
}
