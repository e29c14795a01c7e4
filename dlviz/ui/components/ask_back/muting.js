// Units of the network that are made to say nothing, each with a button that takes it back.
import { make } from "./make.js";

export class MutedUnits {
  constructor(layers, changed, measure) {
    this.chosen = [];
    this.changed = changed;
    this.list = make("ul", { class: "muted", "aria-label": "Muted" });
    this.told = make("div", { class: "told", role: "status" });
    if (!layers.length) { this.root = make("section", { class: "muting" }); return; }
    const id = Math.random().toString(36).slice(2, 8);
    const layer = make("select", { id: `layer-${id}` }, layers.map(([name, many]) => make("option", { value: name }, `${name} (${many})`)));
    const unit = make("input", { id: `unit-${id}`, type: "number", min: "0", placeholder: "all", inputmode: "numeric" });
    const bound = () => { unit.max = String(layers[layer.selectedIndex][1] - 1); };
    layer.addEventListener("change", bound);
    bound();
    const mute = make("button", { type: "button" }, "Mute");
    const add = () => {
      const many = layers[layer.selectedIndex][1], number = unit.value === "" ? undefined : Math.floor(Number(unit.value));
      if (number !== undefined && !(number >= 0 && number < many)) { this.tell(`${layer.value} has units 0 to ${many - 1}.`, true); return; }
      const one = number === undefined ? [layer.value] : [layer.value, number];
      if (!this.chosen.some((other) => String(other) === String(one))) this.chosen = [...this.chosen, one];
      this.draw();
    };
    mute.addEventListener("click", add);
    unit.addEventListener("keydown", (event) => { if (event.key === "Enter") add(); });
    this.measure = make("button", { type: "button", disabled: true }, "Measure what it costs each class");
    this.measure.addEventListener("click", measure);
    this.root = make("section", { class: "muting" }, make("h4", {}, "Mute parts of the network"),
      make("div", { class: "tools" }, make("label", { for: layer.id }, "Layer"), layer, make("label", { for: unit.id }, "unit"), unit, mute), this.list,
      make("div", { class: "tools" }, this.measure), this.told);
  }

  draw() {
    this.list.replaceChildren(...this.chosen.map((one) => {
      const words = one.length > 1 ? `${one[0]}, unit ${one[1]}` : `all of ${one[0]}`;
      const back = make("button", { type: "button", "aria-label": `Let ${words} speak again` }, `${words} ×`);
      back.addEventListener("click", () => { this.chosen = this.chosen.filter((other) => other !== one); this.draw(); });
      return make("li", {}, back);
    }));
    this.measure.disabled = !this.chosen.length;
    this.told.replaceChildren();
    this.changed();
  }

  tell(words, wrong = false) {
    this.told.replaceChildren(words);
    this.told.classList.toggle("wrong", wrong);
  }

  measured({ says, numbers }) {
    const rows = Object.keys(numbers?.before ?? {}).map((name) => [name, 100 * numbers.before[name], 100 * numbers.after[name]]);
    this.told.replaceChildren(make("p", {}, says.replaceAll("`", "")), make("table", { class: "cost" },
      make("thead", {}, make("tr", {}, ["", "before", "muted", "points"].map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, rows.map(([name, before, after]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, `${before.toFixed(1)} %`), make("td", {}, `${after.toFixed(1)} %`), make("td", {}, `${after - before > 0 ? "+" : ""}${(after - before).toFixed(1)}`))))));
  }
}
