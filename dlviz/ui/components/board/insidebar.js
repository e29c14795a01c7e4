// The strip over the stage while one looks inside: which example, which weights, how far it has come.

import { figure } from "./figure.js";
import { button, make } from "./elements.js";

export class Strip {
  /** `does`: {toggle, choose(choice), go(step), play}. */
  constructor(board, host, does) {
    Object.assign(this, { board, does });
    this.opener = button("Look inside", does.toggle, {
      class: "plain look", "aria-pressed": "false", title: "Send one example through the network and see what each layer makes of it (I)",
    });
    host.bar.querySelector(".end").prepend(this.opener);
    this.part = make("select", { "aria-label": "Which examples", onchange: () => does.choose({ part: this.part.value, index: 0 }) },
      make("option", { value: "validation" }, "validation"), make("option", { value: "train" }, "train"));
    this.index = make("input", { type: "number", min: "1", value: "1", "aria-label": "Number of the example", onchange: () => this.#index(Number(this.index.value) - 1) });
    this.run = make("select", { "aria-label": "Which weights", onchange: () => does.choose({ run: this.run.value }) }, make("option", { value: "" }, "untrained weights"));
    this.shown = make("span", { class: "look-shown" });
    this.words = make("span", { class: "look-says" });
    this.slider = make("input", { type: "range", min: "0", max: "0", value: "0", "aria-label": "Steps forwards and back", oninput: () => does.go(Number(this.slider.value)) });
    this.back = button("‹", () => this.#by(-1), { class: "plain", "aria-label": "One step back" });
    this.on = button("›", () => this.#by(1), { class: "plain", "aria-label": "One step on" });
    this.playing = button("Play", does.play, { class: "plain look-play" });
    this.where = make("span", { class: "look-where", "aria-live": "polite" });
    this.box = make("div", { class: "inside-strip", role: "group", "aria-label": "Look inside", hidden: true },
      make("div", { class: "look-row" }, make("span", { class: "look-label" }, "Example"), this.index, this.of = make("span", { class: "look-of" }), this.part, this.run, this.shown, this.words),
      make("div", { class: "look-row" }, this.playing, this.back, this.slider, this.on, this.where));
    host.bar.after(this.box);
  }

  show(on) {
    this.box.hidden = !on;
    this.opener.setAttribute("aria-pressed", String(on));
  }

  waits(on) {
    this.box.classList.toggle("is-waiting", on);
    this.box.setAttribute("aria-busy", String(on));
    if (on) this.where.textContent = "The example is on its way …";
  }

  failed(error) {
    this.shown.replaceChildren();
    this.words.textContent = "";
    this.where.textContent = error;
    this.slider.disabled = this.playing.disabled = true;
  }

  told(found, many) {
    this.many = many;
    this.slider.disabled = this.playing.disabled = false;
    this.slider.max = String(2 * many);
    this.index.max = String(found.of);
    this.index.value = String(found.index + 1);
    this.of.textContent = `of ${found.of.toLocaleString("en")}`;
    this.shown.replaceChildren(...found.shown.map(({ picture, words }) =>
      picture ? make("img", { src: picture, alt: words ?? "the example", title: words }) : make("q", { title: words }, words)));
    const truth = Object.values(found.truth).filter(Boolean).join(", ");
    const says = Object.values(found.says).filter(Boolean).join(", ");
    const losses = Object.entries(found.losses).map(([role, loss]) => (Object.keys(found.losses).length > 1 ? `${role} ${figure(loss)}` : figure(loss)));
    this.words.textContent = [truth && `is ${truth}`, says && `the network says ${says}`, losses.length && `loss ${losses.join(", ")}`].filter(Boolean).join(" · ");
  }

  /** Where the play stands: `gradient` is the size of the gradient there, on the way back. */
  at(step, path, gradient) {
    this.slider.value = String(step);
    const name = path ? this.board.name(path) : "";
    const back = step > this.many;
    this.where.textContent = !step ? "Before the first layer" : back
      ? `Backwards: ${name}, gradient ${gradient === undefined || gradient === null ? "none" : figure(gradient)}`
      : step === this.many ? "Forwards: done. Step on to send the loss back." : `Forwards: ${name}`;
    this.slider.setAttribute("aria-valuetext", this.where.textContent);
    this.box.classList.toggle("is-back", back);
  }

  plays(on) {
    this.playing.textContent = on ? "Pause" : "Play";
  }

  runs(runs) {
    const chosen = this.run.value;
    this.run.replaceChildren(make("option", { value: "" }, "untrained weights"),
      ...runs.map(({ id, title }) => make("option", { value: id }, title === id ? `run ${id}` : `${title} (${id})`)));
    this.run.value = runs.some(({ id }) => id === chosen) ? chosen : "";
  }

  #index(index) {
    const most = Number(this.index.max || 1);
    this.does.choose({ index: Math.max(0, Math.min(most - 1, Math.trunc(index) || 0)) });
  }

  #by(step) {
    this.does.go(Number(this.slider.value) + step);
  }
}
