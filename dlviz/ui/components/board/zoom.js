// Zooming with the wheel and with buttons. The wheel alone belongs to the page until the canvas has the focus.

import { button, element } from "./make.js";

export function zoom({ canvas, viewport }) {
  const { root } = canvas;
  const hint = element("p", "wheel-hint", "Ctrl + wheel zooms. Click into the drawing to move it with the wheel.");
  hint.hidden = true;
  hint.setAttribute("aria-hidden", "true");
  let hiding = 0;
  const told = () => {
    if (canvas.toldWheel) return;
    hint.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => {
      hint.hidden = true;
      canvas.toldWheel = true;
    }, 2200);
  };
  root.addEventListener("wheel", (event) => {
    const lines = event.deltaMode === 1 ? 18 : 1;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const step = Math.max(-120, Math.min(120, event.deltaY * lines));
      viewport.scale(Math.exp(-step * (Math.abs(step) < 40 ? 0.01 : 0.0022)), ...viewport.local(event));
    } else if (root.classList.contains("active") || document.fullscreenElement) {
      const [dx, dy] = event.shiftKey && !event.deltaX ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      if (viewport.pan(-dx * lines, -dy * lines, true)) event.preventDefault(); // at the end of the drawing the page scrolls on
    } else told();
  }, { passive: false });

  const box = element("div", "zoom");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Zoom");
  const shown = element("button", "percent", "100 %");
  shown.type = "button";
  shown.title = "Back to 100 % (1)";
  shown.onclick = () => viewport.scale(1 / viewport.zoom, undefined, undefined, true);
  box.append(
    button("Zoom out (-)", "minus", () => viewport.scale(0.8, undefined, undefined, true)), shown,
    button("Zoom in (+)", "plus", () => viewport.scale(1.25, undefined, undefined, true)),
    button("Show everything (F)", "fit", () => viewport.fit()),
  );
  root.append(box, hint);
  viewport.cover(box);
  viewport.addEventListener("moved", () => {
    const text = `${Math.round(100 * viewport.zoom)} %`;
    if (shown.textContent === text) return;
    shown.textContent = text;
    shown.setAttribute("aria-label", `Zoom ${text}; back to 100 %`);
  });
}
