// The settings of a layer as fields: checked while one types, sent a moment later, so that shapes follow the hand.

import { button, focused, fresh, make, sentence } from "./elements.js";
import { read, same, scaled, shown, stepped, upper } from "./values.js";

const WAIT = 140; // milliseconds after the last key

export class Form {
  /** `change(name, value, none)` takes what was entered, null for the default, with `none` for nothing itself; `lift(setting)` and `lower(name)`, where given, make a setting the
   * block's own and give it back. */
  constructor({ change, lift = null, lower = null }) {
    Object.assign(this, { change, lift, lower });
    this.fields = new Map();
    this.plain = make("div", { class: "fields" });
    this.fold = make("details", { class: "fold" }, make("summary", {}, "Advanced"));
    this.element = make("div", { class: "form" }, this.plain, this.fold);
  }

  /** Show `values` (name → value; what is left out has its default) for `settings`. A field in use keeps what is typed. */
  show(settings, values) {
    const names = settings.map((setting) => setting.name).join();
    if (names !== this.names) {
      this.names = names;
      this.fields.clear();
      this.plain.replaceChildren();
      this.fold.replaceChildren(this.fold.firstChild);
      for (const setting of settings) {
        const field = new Field(setting, this);
        this.fields.set(setting.name, field);
        (setting.advanced ? this.fold : this.plain).append(field.element);
      }
      this.fold.hidden = !settings.some((setting) => setting.advanced);
      this.fold.open = settings.some((setting) => setting.advanced && setting.name in values);
    }
    for (const setting of settings)
      this.fields.get(setting.name).show(setting.name in values ? values[setting.name] : setting.default);
  }

  /** Send what has been typed and not yet sent. */
  flush() {
    for (const field of this.fields.values()) field.flush();
  }

  focus() {
    this.element.querySelector("input, select")?.focus();
  }
}

class Field {
  constructor(setting, form) {
    Object.assign(this, { setting, form });
    const id = fresh();
    const label = upper(setting.label) + (setting.unit ? ` (${setting.unit})` : "");
    this.help = sentence(setting.help ?? "", "p", { class: "help", id: `${id}-help`, hidden: true });
    this.wrong = make("p", { class: "wrong", id: `${id}-wrong`, role: "status" });
    this.input = this.#input(id);
    this.input.setAttribute("aria-describedby", `${id}-help ${id}-wrong`);
    this.why = button("?", () => this.#tell(), {
      class: "why", "aria-expanded": false, "aria-controls": `${id}-help`, "aria-label": `What is ${setting.label}?`,
      title: setting.help,
    });
    this.back = button("", () => this.#enter(setting.default), { class: "back", hidden: true });
    this.out = form.lift && button("Lift out", () => form.lift(setting), {
      class: "back", title: "Make it a setting of the block", "aria-label": `Lift out: ${setting.label}`,
    });
    this.entry = make("div", { class: "entry" }, this.input, this.#steps(), this.#words());
    this.taken = make("div", { class: "taken", hidden: true });
    const head = make("div", { class: "head" }, make("label", { for: id, title: setting.help }, label));
    head.append(...[setting.help && this.why, make("span", { class: "gap" }), this.back, this.out].filter(Boolean));
    this.element = make("div", { class: "field", "data-setting": setting.name }, head, this.entry, this.taken, this.help, this.wrong);
  }

  #input(id) {
    const { setting } = this;
    if (setting.type === "bool" && !setting.choices)
      return make("input", { type: "checkbox", id, role: "switch", onchange: (event) => this.#send(event.target.checked) });
    if (setting.type === "choice") {
      const options = [...setting.choices, ...(setting.optional ? [null] : [])];
      const select = make("select", { id }, ...options.map((word) => make("option", { value: JSON.stringify(word) }, word === null ? "none" : shown(word))));
      select.addEventListener("change", () => this.#send(JSON.parse(select.value)));
      return select;
    }
    const mode = { int: "numeric", float: "decimal" }[setting.type];
    return make("input", {
      type: "text", id, inputmode: mode, autocomplete: "off", spellcheck: "false", placeholder: setting.optional ? "by itself" : "",
      oninput: () => this.#typed(), onblur: () => this.flush(true), onkeydown: (event) => this.#key(event),
    });
  }

  // Buttons for a finger or a mouse; keys do the same with the arrows.
  #steps() {
    if (!["int", "float"].includes(this.setting.type)) return null;
    const step = (sign, by) => button(sign, () => this.#step(by), { class: "step", tabIndex: -1, "aria-hidden": true });
    return make("span", { class: "steps" }, step("−", -1), step("+", 1));
  }

  // The words that may stand in place of a number.
  #words() {
    const { setting } = this;
    if (setting.type === "choice" || !setting.choices?.length) return null;
    this.words = setting.choices.map((word) => button(word, () => this.#enter(word), { class: "word", "aria-pressed": false, "data-word": word }));
    return make("span", { class: "words" }, ...this.words);
  }

  show(value) {
    const lifted = typeof value === "string" && value.startsWith("$");
    const held = this.element.contains(focused(this.element));
    this.entry.hidden = lifted;
    this.taken.hidden = !lifted;
    this.back.hidden = lifted || same(value, this.setting.default);
    this.back.textContent = `↺ ${shown(this.setting.default) || "by itself"}`;
    this.back.title = `Back to ${shown(this.setting.default) || "nothing"}`;
    this.back.setAttribute("aria-label", `${upper(this.setting.label)}: ${this.back.title}`);
    if (this.out) this.out.hidden = lifted;
    this.value = value;
    if (lifted) this.#lifted(value.slice(1));
    else this.#plain(value);
    if (held && !focused(this.element)?.checkVisibility?.()) (lifted ? this.taken.querySelector("button") : this.input)?.focus();
  }

  #plain(value) {
    for (const word of this.words ?? []) word.setAttribute("aria-pressed", String(word.dataset.word === value));
    if (this.input.type === "checkbox") this.input.checked = Boolean(value);
    else if (this.input.localName === "select") this.input.value = JSON.stringify(value ?? null);
    else if (!this.#busy(value)) {
      this.input.value = shown(value);
      this.#complain("");
    }
  }

  #lifted(name) {
    const lower = this.form.lower && button("Give it a value of its own", () => this.form.lower(name), { class: "small" });
    this.taken.replaceChildren(sentence(`taken from the block's \`${name}\` `, "span"), ...(lower ? [lower] : []));
  }

  // What somebody is typing stays; what came from elsewhere (undo, a remedy) is shown.
  #busy(value) {
    if (focused(this.input) !== this.input) return false;
    if (this.timer || this.wrong.textContent) return true;
    return same(read(this.setting, this.input.value).value, value);
  }

  #typed() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { wrong } = read(this.setting, this.input.value);
    this.#complain(wrong && this.input.value.trim() ? wrong : "");
    if (!wrong) this.timer = setTimeout(() => this.flush(), WAIT);
  }

  /** Send what has been typed; where somebody leaves the field, also say what is wrong with nothing. */
  flush(leaving = false) {
    const waiting = this.timer !== undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!waiting && !leaving) return;
    if (this.input.localName !== "input" || this.input.type === "checkbox" || this.entry.hidden) return;
    const { value, wrong } = read(this.setting, this.input.value);
    this.#complain(wrong ?? "");
    if (!wrong) this.#send(value);
    if (!wrong && leaving) this.input.value = shown(value);
  }

  #send(value) {
    if (same(value, this.value)) return;
    this.value = value;
    if (same(value, this.setting.default)) this.form.change(this.setting.name, null);
    else this.form.change(this.setting.name, value, (value ?? null) === null);
  }

  #enter(value) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.#complain("");
    if (this.input.type === "text") this.input.value = shown(value);
    this.#send(value);
  }

  #key(event) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter") this.flush(true);
    else if (by && this.setting.type !== "text" && this.setting.type !== "texts") this.#step(by, event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // One step; with Shift twice or half as much.
  #step(by, far = false) {
    const { input, setting } = this;
    if (far && setting.type !== "float") {
      const text = scaled(setting, input.value, by > 0 ? 2 : 0.5);
      if (text !== null) input.value = text;
    } else {
      const next = stepped(setting, input.value, input.selectionStart ?? input.value.length, by);
      if (next === null) return this.#begin();
      input.value = next.text;
      if (focused(input) === input) input.setSelectionRange(next.caret, next.caret);
    }
    this.#typed();
  }

  // The first step away from a word or from nothing.
  #begin() {
    const { setting } = this;
    const known = [setting.default].flat().find((value) => typeof value === "number");
    this.input.value = shown(known ?? Math.max(1, setting.low ?? 1));
    this.#typed();
  }

  #complain(text) {
    if (text === this.said) return;
    this.said = text;
    this.wrong.replaceChildren(...(text ? [sentence(text, "span")] : []));
    this.input.toggleAttribute("aria-invalid", Boolean(text));
    if (text) this.input.setAttribute("aria-invalid", "true");
  }

  #tell() {
    this.help.hidden = !this.help.hidden;
    this.why.setAttribute("aria-expanded", String(!this.help.hidden));
  }
}
