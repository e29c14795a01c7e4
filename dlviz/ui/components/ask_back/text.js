// A text that can be rewritten.
import { make } from "./make.js";

export class TextInput {
  title = "Change the words";

  constructor(input, changed) {
    this.first = input.text;
    this.box = make("textarea", { rows: 4, "aria-label": "The text", maxlength: "20000", spellcheck: false });
    this.box.value = input.text;
    this.box.addEventListener("input", changed);
    const back = make("button", { type: "button" }, "As it was");
    back.addEventListener("click", () => { this.box.value = this.first; changed(); });
    this.root = make("div", { class: "text" }, this.box, make("div", { class: "tools" }, back));
  }

  edit() { return this.box.value === this.first ? undefined : { text: this.box.value }; }
}
