// The choice of what to draw. A few metrics are buttons side by side; many are a menu.

import { spelled } from "./curves.js";

export class MetricChoice {
  constructor(place, choose) {
    this.place = place;
    this.choose = choose;
  }

  show(metrics, chosen) {
    const wanted = metrics.join("|");
    if (this.shown !== wanted) {
      this.shown = wanted;
      this.place.replaceChildren(...(metrics.length > 6 ? [this.menu(metrics)] : metrics.map((metric) => this.button(metric))));
    }
    for (const each of this.place.children)
      if (each.tagName === "SELECT") each.value = chosen;
      else each.setAttribute("aria-pressed", each.dataset.metric === chosen);
  }

  menu(metrics) {
    const menu = document.createElement("select");
    menu.setAttribute("aria-label", "What to draw");
    menu.append(...metrics.map((metric) => new Option(spelled(metric), metric)));
    menu.onchange = () => this.choose(menu.value);
    return menu;
  }

  button(metric) {
    const button = document.createElement("button");
    button.textContent = spelled(metric);
    button.dataset.metric = metric;
    button.onclick = () => this.choose(metric);
    return button;
  }
}
