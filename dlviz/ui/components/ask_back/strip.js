// A series whose points can be dragged, or a sound of which stretches can be made silent.
import { make } from "./make.js";

const HEAD = 44; // bytes of a WAV file before its samples, two bytes each
const WIDE = 600, TALL = 160, SVG = "http://www.w3.org/2000/svg";

export class StripInput {
  constructor(input, changed) {
    this.sound = input.kind === "sound";
    this.title = this.sound ? "Make stretches of the sound silent" : "Drag the points";
    this.changed = changed;
    this.seconds = input.seconds;
    this.first = this.sound ? [input.outline] : input.values;
    this.values = this.first.map((row) => [...row]);
    this.silent = [];
    this.channel = 0;
    this.at = 0;
    this.svg = document.createElementNS(SVG, "svg");
    for (const [key, value] of Object.entries({ viewBox: `0 0 ${WIDE} ${TALL}`, class: "strip", tabindex: 0, role: "application", preserveAspectRatio: "none" })) this.svg.setAttribute(key, value);
    this.svg.setAttribute("aria-label", this.sound ? "The sound. Drag over it to make a stretch silent; arrow keys move, Space silences." : "The series. Drag points; arrow keys left and right choose one, up and down move it.");
    this.where = make("output", {});
    const back = make("button", { type: "button" }, "As it was");
    back.addEventListener("click", () => { this.values = this.first.map((row) => [...row]); this.silent = []; this.draw(); this.sounds(); changed(); });
    const tools = [back, this.where];
    if (this.first.length > 1) {
      const channel = make("select", { "aria-label": "Which series" }, input.names.map((name, number) => make("option", { value: String(number) }, name)));
      channel.addEventListener("change", () => { this.channel = Number(channel.value); this.draw(); });
      tools.unshift(channel);
    }
    if (this.sound) {
      this.heard = Uint8Array.from(atob(input.heard.split(",")[1]), (letter) => letter.charCodeAt(0));
      this.samples = input.samples;
      this.player = make("audio", { controls: true, "aria-label": "Listen to the sound as it is now" });
    }
    this.root = make("div", { class: "strips" }, this.svg, make("div", { class: "tools" }, tools), this.player);
    this.listen();
    this.draw();
    this.sounds();
  }

  // What one hears: the recording, with zeros where it was made silent.
  sounds() {
    if (!this.sound) return;
    const wav = this.heard.slice(), end = wav.length;
    for (const [a, b] of this.silent) wav.fill(0, Math.min(end, HEAD + 2 * Math.round(a * this.samples)), Math.min(end, HEAD + 2 * Math.round(b * this.samples)));
    URL.revokeObjectURL(this.player.src);
    this.player.src = URL.createObjectURL(new Blob([wav], { type: "audio/wav" }));
  }

  get row() { return this.values[this.channel]; }

  bounds() {
    if (this.sound) return [-1, 1];
    const all = this.first[this.channel], low = Math.min(...all), high = Math.max(...all), more = (high - low || 1) * 0.35;
    return [low - more, high + more];
  }

  listen() {
    let from;
    const place = (event) => {
      const box = this.svg.getBoundingClientRect();
      return [Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)), Math.min(1, Math.max(0, (event.clientY - box.top) / box.height))];
    };
    const drag = (event) => {
      const [x, y] = place(event);
      this.at = Math.min(this.row.length - 1, Math.floor(x * this.row.length));
      if (this.sound) this.silent[this.silent.length - 1] = [Math.min(from, x), Math.max(from, x)];
      else { const [low, high] = this.bounds(); this.row[this.at] = high - y * (high - low); }
      this.draw();
      this.changed();
    };
    this.svg.addEventListener("pointerdown", (event) => { [from] = place(event); if (this.sound) this.silent.push([from, from]); this.svg.setPointerCapture(event.pointerId); drag(event); event.preventDefault(); this.svg.focus(); });
    this.svg.addEventListener("pointermove", (event) => { if (from !== undefined) drag(event); });
    for (const name of ["pointerup", "pointercancel"]) this.svg.addEventListener(name, () => { from = undefined; this.sounds(); });
    this.svg.addEventListener("keydown", (event) => {
      const [low, high] = this.bounds(), steps = this.row.length, pace = this.sound ? Math.ceil(steps / 32) : 1;
      if (event.key === "ArrowLeft") this.at = Math.max(0, this.at - pace);
      else if (event.key === "ArrowRight") this.at = Math.min(steps - 1, this.at + pace);
      else if (this.sound && (event.key === " " || event.key === "Enter")) this.silent.push([this.at / steps, Math.min(1, (this.at + pace) / steps)]);
      else if (!this.sound && event.key === "ArrowUp") this.row[this.at] += (high - low) / 40;
      else if (!this.sound && event.key === "ArrowDown") this.row[this.at] -= (high - low) / 40;
      else return;
      event.preventDefault();
      this.draw();
      if (["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      this.sounds();
      this.changed();
    });
  }

  draw() {
    const { row } = this, [low, high] = this.bounds(), x = (n) => ((n + 0.5) / row.length) * WIDE, y = (v) => TALL * (1 - (v - low) / (high - low));
    const line = this.sound ? row.map((v, n) => `M${x(n).toFixed(1)} ${y(v).toFixed(1)}V${y(-v).toFixed(1)}`).join("") : `M${row.map((v, n) => `${x(n).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}`;
    const was = this.sound ? "" : `<path class="was" d="M${this.first[this.channel].map((v, n) => `${x(n).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}"/>`;
    const silent = this.silent.map(([a, b]) => `<rect class="silent" x="${(a * WIDE).toFixed(1)}" width="${((b - a) * WIDE).toFixed(1)}" y="0" height="${TALL}"/>`).join("");
    this.svg.innerHTML = `${was}<path class="line" d="${line}"/>${silent}<path class="at" d="M${x(this.at).toFixed(1)} 0V${TALL}"/>`;
    this.where.textContent = this.sound ? `${((this.at / row.length) * this.seconds).toFixed(2)} s` : `step ${this.at + 1}: ${Number(row[this.at].toPrecision(4))}`;
  }

  edit() {
    if (this.sound) return this.silent.length ? { silence: this.silent } : undefined;
    return JSON.stringify(this.values) === JSON.stringify(this.first) ? undefined : { values: this.values };
  }
}
