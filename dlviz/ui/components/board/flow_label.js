// What flows along an edge, shown at its middle while the pointer is over it or while it is selected.

import { shape } from "./make.js";
import { width } from "./type.js";

const SIZE = 11.5;

export function flowLabel({ board, canvas, viewport }) {
  const box = shape("g", { class: "flow" });
  canvas.layers.over.append(box);
  let over = null;

  const show = () => {
    const edge = over ?? (canvas.edge && canvas.edges.find(...canvas.edge));
    if (!edge?.middle || !canvas.boxes.has(edge.from)) return box.replaceChildren();
    const text = `${board.name(edge.from)} → ${board.name(edge.to)}: ${canvas.edges.flows(edge)}`;
    const wide = width(text, SIZE) + 20;
    box.replaceChildren(
      shape("rect", { x: -wide / 2, y: -12, width: wide, height: 24, rx: 12 }),
      shape("text", { y: 4, "font-size": SIZE, "text-anchor": "middle" }, text),
    );
    const [x, y] = edge.middle;
    const { start, end } = canvas.edges.ends(edge);
    const short = Math.abs(end[0] - start[0]) * viewport.zoom < wide; // it would lie over the cards: then above them
    const above = short ? Math.max(canvas.boxes.get(edge.from)[3], canvas.boxes.get(edge.to)[3]) / 2 : 0;
    box.setAttribute("transform", `translate(${x} ${y - Math.min(above, 80) - 20 / viewport.zoom}) scale(${1 / viewport.zoom})`);
  };
  canvas.layers.edges.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || event.buttons) return;
    over = event.target.closest(".edge")?.edge ?? null;
    if (over?.inner) over = null;
    show();
  });
  canvas.layers.edges.addEventListener("pointerout", () => {
    over = null;
    show();
  });
  viewport.addEventListener("moved", show);
  viewport.addEventListener("drawn", show);
  board.addEventListener("selection", () => {
    over = null; // somebody has gone elsewhere, by keys perhaps: the pointer only rests there
    show();
  });
}
