// The places of the board: palette, stage with its bar, side panel; how wide they are and which are folded.

import { button, element, icon } from "./make.js";

const WIDE = 900; // pixels: below, the panels lie over the stage as sheets

export function layout(board) {
  const { root } = board;
  root.innerHTML = `
    <p class="spoken" aria-live="polite"></p>
    <div class="bar" role="toolbar" aria-label="Drawing board">
      <div class="tools start"></div><div class="tools end"></div></div>
    <div class="floor">
      <aside class="palette-panel" aria-label="Layers and blocks to add"></aside>
      <div class="stage"></div>
      <aside class="side-panel" aria-label="The chosen layer"></aside></div>`;
  const find = (name) => root.querySelector(name);
  const host = {
    root, live: find(".spoken"), bar: find(".bar"), stage: find(".stage"), palette: find(".palette-panel"), side: find(".side-panel"),
  };
  const kept = store(board);
  /** Fold or open a panel: "palette" or "side". */
  host.fold = (panel, folded = !root.classList.contains(`no-${panel}`)) => {
    root.classList.toggle(`no-${panel}`, folded);
    if (!root.classList.contains("narrow")) kept.set(panel, folded);
    else if (!folded) root.classList.add(panel === "side" ? "no-palette" : "no-side");
    host[panel === "side" ? "sideButton" : "paletteButton"].setAttribute("aria-expanded", String(!folded));
  };
  host.paletteButton = button("Layers and blocks to add", "left", () => host.fold("palette"));
  host.sideButton = button("Settings of the chosen layer", "right", () => host.fold("side"));
  find(".start").append(host.paletteButton);
  host.full = button("Fill the screen", "full", () => fill(root));
  find(".end").append(host.full, host.sideButton);
  document.addEventListener("fullscreenchange", () => {
    const full = (root.getRootNode().fullscreenElement ?? null) === root;
    host.full.replaceChildren(icon(full ? "small" : "full"));
    host.full.title = full ? "Leave the full screen" : "Fill the screen";
    host.full.setAttribute("aria-label", host.full.title);
  }, { signal: board.signal });

  let narrow = null;
  new ResizeObserver(() => {
    board.fitted();
    const now = root.clientWidth < WIDE;
    if (now === narrow || !root.clientWidth) return;
    narrow = now;
    root.classList.toggle("narrow", now);
    for (const panel of ["palette", "side"]) host.fold(panel, now || Boolean(kept.get(panel)));
  }).observe(root);
  return host;
}

/** What this browser tab remembers of the board: panels, zoom. Nothing that matters. */
export function store(board) {
  const key = () => `dlviz.board.${board.data?.draft ?? ""}`;
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(key())) ?? {};
    } catch {
      return {};
    }
  };
  return {
    get: (name) => read()[name],
    set: (name, value) => {
      try {
        sessionStorage.setItem(key(), JSON.stringify({ ...read(), [name]: value }));
      } catch {} // a browser that keeps nothing loses nothing that matters
    },
  };
}

function fill(root) {
  if (root.getRootNode().fullscreenElement) return document.exitFullscreen();
  if (root.requestFullscreen) return root.requestFullscreen().catch(() => root.classList.toggle("filled"));
  root.classList.toggle("filled"); // a telephone's browser has no full screen for a part of a page
}
