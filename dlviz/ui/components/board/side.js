// The side panel's tabs: the chosen layer, the list, the code. Whoever has more to show asks for a tab of its own.

import { make } from "./elements.js";
import { store } from "./host.js";
import { dress } from "./styles.js";

/** Give `host` the side panel's tabs, once: `host.tab(name, title)` → its panel, `host.choose(name)`, `host.chosen`. A
 * panel hears "shown" when it comes up. */
export function tabs(board, host) {
  if (host.tab) return;
  dress(board);
  board.offersTemplates = true;
  const kept = store(board);
  const bar = make("div", { class: "side-tabs", role: "tablist", "aria-label": "Beside the canvas" });
  host.side.append(bar);
  host.side.setAttribute("aria-label", "The chosen layer, the list of layers, the code");
  const known = new Map();

  host.tab = (name, title) => {
    const id = `board-tab-${name}`;
    const tab = make("button", { type: "button", role: "tab", id, class: "tab", "aria-controls": `${id}-panel`, onclick: () => host.choose(name) }, title);
    const panel = make("div", { class: `side-${name}`, role: "tabpanel", id: `${id}-panel`, "aria-labelledby": id, tabIndex: 0 });
    known.set(name, { tab, panel });
    bar.append(tab);
    host.side.append(panel);
    show(host.chosen ?? name);
    return panel;
  };
  host.choose = (name) => {
    kept.set("tab", name);
    show(name);
  };
  function show(name) {
    const before = host.chosen;
    host.chosen = name;
    for (const [each, { tab, panel }] of known) {
      panel.hidden = each !== name;
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
    }
    if (before !== name) known.get(name)?.panel.dispatchEvent(new Event("shown"));
  }
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = [...known.keys()];
    host.choose(names.at((names.indexOf(host.chosen) + step) % names.length));
    known.get(host.chosen).tab.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  // Escape leads back to the canvas, to the layer from which somebody came.
  host.side.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    host.canvas?.focusOn(board.focus);
  });
  board.addEventListener("ask", ({ detail }) => {
    if (detail.what === "templates") document.querySelector(".st-key-open-start-from button")?.click(); // the page's own gallery
  });
  board.addEventListener("data", () => {
    const wanted = kept.get("tab");
    if (known.has(wanted) && wanted !== host.chosen) show(wanted);
  });
}
