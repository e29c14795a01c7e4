// A row whose cells can be changed: sliders for numbers, lists for words.
import { make } from "./make.js";

export class ColumnsInput {
  title = "Change the row";

  constructor(input, changed) {
    this.columns = input.columns;
    this.now = new Map();
    this.controls = input.columns.map((column, number) => this.control(column, number, changed));
    const back = make("button", { type: "button" }, "As it was");
    back.addEventListener("click", () => { for (const control of this.controls) control.reset(); this.now.clear(); changed(); });
    this.root = make("div", { class: "columns" }, make("div", { class: "cells" }, this.controls.map(({ root }) => root)), make("div", { class: "tools" }, back));
  }

  control(column, number, changed) {
    const id = `cell-${number}-${Math.random().toString(36).slice(2, 8)}`;
    const set = (value) => { if (String(value) === String(column.value)) this.now.delete(column.name); else this.now.set(column.name, value); root.classList.toggle("changed", this.now.has(column.name)); };
    let widget, reset, value;
    if (column.words) {
      widget = make("select", { id }, column.words.map((word) => make("option", { value: word }, word || "(empty)")));
      widget.value = column.value;
      widget.addEventListener("change", () => { set(widget.value); changed(); });
      reset = () => { widget.value = column.value; root.classList.remove("changed"); };
    } else {
      const span = column.high - column.low || 1, step = column.whole ? 1 : 10 ** Math.floor(Math.log10(span / 100));
      widget = make("input", { type: "range", id, min: String(column.low), max: String(column.high), step: String(step) });
      widget.value = column.value;
      value = make("output", { for: id }, shown(column.value));
      widget.addEventListener("input", () => { set(Number(widget.value)); value.textContent = shown(Number(widget.value)); changed(); });
      reset = () => { widget.value = column.value; value.textContent = shown(column.value); root.classList.remove("changed"); };
    }
    const root = make("div", { class: "cell" }, make("label", { for: id, title: column.name }, column.name), value ?? "", widget);
    return { root, reset };
  }

  edit() { return this.now.size ? { cells: Object.fromEntries(this.now) } : undefined; }
}

const shown = (value) => Number(Number(value).toPrecision(4)).toLocaleString("en", { maximumFractionDigits: 4 });
