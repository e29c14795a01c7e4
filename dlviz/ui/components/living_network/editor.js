// The small window in which one weight is changed: a slider, a number, and what will happen.

import { figure, grouped, make } from "./make.js";

const SEND_EVERY = 120; // milliseconds
const ACTIVE = ["starting", "running", "paused"];

export class Editor {
  constructor(host) {
    this.host = host;
    this.box = make("div", { class: "editor", role: "dialog", hidden: true, onkeydown: (event) => this.#typed(event) });
    host.root.append(this.box);
    this.outside = (event) => !this.box.hidden && !this.box.contains(event.target) && this.close(false);
    document.addEventListener("pointerdown", this.outside, true);
  }

  end() {
    document.removeEventListener("pointerdown", this.outside, true);
  }

  /** Whether this weight is being changed just now. */
  holds(path, index) {
    return !this.box.hidden && this.what.name === "weight" && this.what.path === path && this.what.index.join() === index.join();
  }

  /**
   * `what`: {path, name, index, title}; (x, y) within the root; `back` gets the focus again. Where there is a `strip`, an
   * element, the window lies along its lower edge, so that it hides nothing of what the change does.
   */
  open(what, x, y, back = document.activeElement, strip = null) {
    const { weights } = this.host, value = weights.at(what.path, what.name, what.index);
    if (value === undefined) return;
    this.what = what;
    this.held = value; // by the run, as far as is known
    this.back = back;
    this.said = make("p", { class: "said", role: "status" });
    const reach = Math.max(4, Math.ceil(Math.abs(value) * 1.5));
    this.slider = make("input", { type: "range", min: -reach, max: reach, step: reach / 200, value, "aria-label": what.title, oninput: () => this.#moved(this.slider) });
    this.number = make("input", { type: "number", step: "any", value: Number(value.toPrecision(4)), "aria-label": `${what.title}, as a number`, onchange: () => this.#moved(this.number, true) });
    const zero = make("button", { type: "button", title: "Cut this connection: a weight of 0 passes nothing on", onclick: () => { this.number.value = 0; this.#moved(this.number, true); } }, "0");
    const forks = !this.#isLive();
    this.go = make("button", { type: "button", class: "go", hidden: !forks, onclick: () => this.#fork() }, "Fork with this weight");
    this.box.setAttribute("aria-label", `Change ${what.title}`);
    this.box.replaceChildren(
      make("div", { class: "top" }, make("b", {}, what.title), make("button", { type: "button", class: "shut", "aria-label": "Close", onclick: () => this.close() }, "×")),
      this.slider, make("div", { class: "row" }, this.number, zero, this.go), this.said,
    );
    this.#say(forks ? this.#why() : this.host.state.status === "paused" ? "The run is paused: it goes on from this weight." : "The run goes on from this weight at once.");
    this.box.hidden = false;
    this.box.classList.toggle("strip", Boolean(strip));
    this.box.style.width = "";
    if (strip) {
      const root = this.host.root.getBoundingClientRect(), box = strip.getBoundingClientRect();
      this.box.style.width = `${box.width}px`;
      this.box.style.left = `${box.left - root.left}px`;
      this.box.style.top = `${box.bottom - root.top - this.box.offsetHeight + 10}px`;
      this.slider.focus({ preventScroll: true });
      this.box.scrollIntoView({ block: "nearest" });
      return this.host.draw();
    }
    const { offsetWidth: w, offsetHeight: h } = this.box, { clientWidth, clientHeight } = this.host.root;
    this.box.style.left = `${Math.max(4, Math.min(x + 12, clientWidth - w - 4))}px`;
    this.box.style.top = `${Math.max(4, Math.min(y + 12, clientHeight - h - 4))}px`;
    this.slider.focus({ preventScroll: true });
  }

  close(focus = true) {
    if (this.box.hidden) return;
    this.box.hidden = true;
    if (!this.#isLive()) this.host.weights.forget(this.what.path, this.what.name, this.what.index);
    this.host.draw();
    if (focus) this.back?.focus?.({ preventScroll: true });
  }

  #isLive() { return ACTIVE.includes(this.host.state.status) && this.host.source.past === null; }

  #why() {
    const { shown } = this.host.source;
    if (ACTIVE.includes(this.host.state.status)) return `You look at step ${grouped(shown?.step ?? 0)}. A fork goes on from there with this weight; this run stays as it is.`;
    return `This run has ended: its weights stay. A fork goes on from step ${grouped(shown?.step ?? 0)} with this weight.`;
  }

  #typed(event) {
    if (event.key === "Escape") { event.stopPropagation(); this.close(); }
    else if (event.key === "Enter" && event.target === this.number && !this.go.hidden) setTimeout(() => this.go.focus()); // the number says "change" itself
    event.stopPropagation();
  }

  #moved(from, whole = false) {
    const value = Number(from.value);
    if (from.value === "" || !Number.isFinite(value)) return this.#say("A weight is a number.");
    if (from === this.slider) this.number.value = Number(value.toPrecision(4));
    else {
      const reach = Math.max(Number(this.slider.max), Math.ceil(Math.abs(value)));
      [this.slider.min, this.slider.max] = [-reach, reach];
      this.slider.value = value;
    }
    const { path, name, index } = this.what;
    this.host.weights.set(path, name, index, value, !this.#isLive()); // what no run takes over stays as long as the window
    this.host.draw();
    if (!this.#isLive()) return;
    this.value = value;
    clearTimeout(this.sending);
    if (whole) this.#send();
    else this.sending = setTimeout(() => this.#send(), SEND_EVERY);
  }

  async #send() {
    const { what, value } = this, found = await this.host.command("weight", this.#weight(value));
    if (found.error) this.#refused(what, found.error);
    else {
      if (found.taken && what === this.what) this.held = value;
      this.#say(found.taken ? `Set to ${figure(value)}${Number.isFinite(found.step) ? ` at about step ${grouped(found.step)}` : ""}.` : "On its way: the run obeys at its next step.");
    }
  }

  // What was drawn already is not so.
  #refused(what, why) {
    if (what !== this.what) return;
    this.host.weights.set(what.path, what.name, what.index, this.held);
    this.host.draw();
    this.#say(why);
  }

  async #fork() {
    const step = this.host.source.shown?.step ?? 0;
    this.go.disabled = true;
    this.#say("Making a fork …");
    const found = await this.host.fork(step, this.#weight(Number(this.number.value)));
    this.go.disabled = false;
    const lost = document.activeElement === document.body; // a button that is off keeps no focus
    if (found.error) { if (lost) this.go.focus({ preventScroll: true }); return this.#say(found.error); }
    const link = make("a", { href: `?run=${encodeURIComponent(found.run)}`, target: "_self" }, "Watch it");
    this.said.replaceChildren("The fork goes on from there. ", link);
    if (lost) link.focus({ preventScroll: true });
  }

  #weight(value) {
    const { path, name, index } = this.what, dot = path.indexOf(".");
    return { role: path.slice(0, dot), node: path.slice(dot + 1), name, index, value };
  }

  #say(text) { this.said.textContent = text; }
}
