// The whole network, small, in the corner: where one is, and a window that can be dragged.

import { element } from "./make.js";

const WIDE = 168, HIGH = 104, PAD = 6;

export function minimap({ board, canvas, viewport }) {
  const box = element("div", "minimap");
  box.setAttribute("aria-hidden", "true");
  const paper = element("canvas");
  const scale = devicePixelRatio || 1;
  [paper.width, paper.height] = [WIDE * scale, HIGH * scale];
  const here = element("div", "here");
  box.append(paper, here);
  canvas.root.append(box);
  viewport.cover(box);
  const pen = paper.getContext("2d");
  let fit = null;

  const draw = () => {
    const [x0, y0, x1, y1] = viewport.bounds();
    const zoom = Math.min((WIDE - 2 * PAD) / (x1 - x0), (HIGH - 2 * PAD) / (y1 - y0), 0.4);
    fit = { zoom, x: (WIDE - (x0 + x1) * zoom) / 2, y: (HIGH - (y0 + y1) * zoom) / 2 };
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, WIDE, HIGH);
    const line = getComputedStyle(canvas.root).color;
    for (const [path, [x, y, w, h]] of canvas.boxes) {
      const node = board.nodes.get(path);
      const place = [x * zoom + fit.x, y * zoom + fit.y, Math.max(1.5, w * zoom), Math.max(1.5, h * zoom)];
      if (node?.block?.open) {
        pen.globalAlpha = 0.35;
        pen.strokeStyle = line;
        pen.strokeRect(...place);
        pen.globalAlpha = 1;
        continue;
      }
      const color = board.color(node?.group);
      pen.fillStyle = color.startsWith("var") ? line : color;
      pen.fillRect(...place);
    }
    window_();
  };
  const window_ = () => {
    if (!fit) return;
    const [w, h] = viewport.size;
    const left = (-viewport.x / viewport.zoom) * fit.zoom + fit.x, top = (-viewport.y / viewport.zoom) * fit.zoom + fit.y;
    const wide = (w / viewport.zoom) * fit.zoom, high = (h / viewport.zoom) * fit.zoom;
    here.style.transform = `translate(${left}px, ${top}px)`;
    here.style.width = `${wide}px`;
    here.style.height = `${high}px`;
    const [x0, y0, x1, y1] = viewport.bounds();
    const all = viewport.x + x0 * viewport.zoom >= -1 && viewport.x + x1 * viewport.zoom <= w + 1 && viewport.y + y0 * viewport.zoom >= -1 && viewport.y + y1 * viewport.zoom <= h + 1;
    box.classList.toggle("needless", all);
  };
  let asked = 0;
  const soon = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(draw);
  };
  viewport.addEventListener("moved", window_);
  viewport.addEventListener("drawn", soon);
  canvas.onDress = soon;

  const go = (event) => {
    const area = box.getBoundingClientRect(), [w, h] = viewport.size;
    const x = (event.clientX - area.left - fit.x) / fit.zoom, y = (event.clientY - area.top - fit.y) / fit.zoom;
    viewport.to(w / 2 - x * viewport.zoom, h / 2 - y * viewport.zoom, viewport.zoom);
  };
  box.onpointerdown = (event) => {
    event.preventDefault();
    box.setPointerCapture(event.pointerId);
    go(event);
    box.onpointermove = go;
  };
  box.onpointerup = box.onpointercancel = () => (box.onpointermove = null);
}
