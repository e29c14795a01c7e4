// A picture that can be painted over: by mouse, finger, or with the arrow keys and Space.
import { make } from "./make.js";

const LARGE = 320; // pixels of the longer side on the screen
const PAINTS = [["grey", "Grey", "#808080"], ["black", "Black", "#000000"], ["white", "White", "#ffffff"], ["back", "As it was", undefined]];

export class PictureInput {
  title = "Paint over the picture";

  constructor(input, changed) {
    this.width = input.width;
    this.height = input.height;
    this.painted = false;
    this.past = [];
    this.at = [Math.floor(input.width / 2), Math.floor(input.height / 2)];
    this.size = Math.max(1, Math.round(Math.max(input.width, input.height) / 10));
    this.paint = "grey";
    this.changed = changed;
    const scale = LARGE / Math.max(input.width, input.height);
    this.canvas = make("canvas", { width: input.width, height: input.height, tabindex: 0, role: "application", style: `width: ${Math.round(input.width * scale)}px`, "aria-label": "The picture. Arrow keys move the brush, Space paints, Ctrl+Z takes back." });
    this.canvas.classList.toggle("coarse", Math.max(input.width, input.height) <= 96);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.mark = make("i", { class: "brush", "aria-hidden": "true" });
    this.image = new Image();
    this.image.addEventListener("load", () => this.context.drawImage(this.image, 0, 0));
    this.image.src = input.src;
    this.listen();
    this.root = make("div", { class: "picture" }, make("div", { class: "frame" }, this.canvas, this.mark), this.tools());
  }

  tools() {
    const group = make("div", { class: "choices", role: "radiogroup", "aria-label": "What the brush paints" }, PAINTS.map(([name, words, color]) => {
      const button = make("button", { type: "button", role: "radio", "aria-checked": String(name === this.paint) }, make("i", { class: color ? "swatch" : "swatch none", style: color ? `background: ${color}` : "" }), words);
      button.addEventListener("click", () => { this.paint = name; for (const other of group.children) other.setAttribute("aria-checked", String(other === button)); });
      return button;
    }));
    const size = make("input", { type: "range", min: "1", max: String(Math.ceil(Math.max(this.width, this.height) / 2)), "aria-label": "Width of the brush in pixels" });
    size.value = this.size;
    size.addEventListener("input", () => { this.size = Number(size.value); this.place(); });
    const back = make("button", { type: "button" }, "Undo");
    back.addEventListener("click", () => this.undo());
    const whole = make("button", { type: "button" }, "Start over");
    whole.addEventListener("click", () => { this.remember(); this.context.drawImage(this.image, 0, 0); this.painted = false; this.changed(); });
    return make("div", { class: "tools" }, group, make("label", {}, "Brush ", size), back, whole);
  }

  listen() {
    const { canvas } = this;
    let drawing = false;
    const move = (event) => {
      const box = canvas.getBoundingClientRect();
      this.at = [((event.clientX - box.left) / box.width) * this.width, ((event.clientY - box.top) / box.height) * this.height].map(Math.floor);
      this.place();
      if (drawing) this.stroke();
    };
    canvas.addEventListener("pointerdown", (event) => { drawing = true; canvas.setPointerCapture(event.pointerId); this.remember(); move(event); event.preventDefault(); canvas.focus(); });
    canvas.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { drawing = false; });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (step) { this.at = [clamp(this.at[0] + step[0], this.width), clamp(this.at[1] + step[1], this.height)]; this.place(); }
      else if (event.key === " " || event.key === "Enter") { this.remember(); this.stroke(); }
      else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
      else return;
      event.preventDefault();
    });
    canvas.addEventListener("focus", () => this.place());
    canvas.addEventListener("blur", () => { this.mark.style.opacity = 0; });
  }

  // A square about the place of the hand.
  stroke() {
    const [x, y] = this.corner();
    if (this.paint === "back") this.context.drawImage(this.image, x, y, this.size, this.size, x, y, this.size, this.size);
    else { this.context.fillStyle = PAINTS.find(([name]) => name === this.paint)[2]; this.context.fillRect(x, y, this.size, this.size); }
    this.painted = true;
    this.changed();
  }

  corner() { return this.at.map((place) => Math.round(place - (this.size - 1) / 2)); }

  place() {
    const box = this.canvas.clientWidth / this.width, [x, y] = this.corner();
    Object.assign(this.mark.style, { opacity: 1, left: `${x * box}px`, top: `${y * box}px`, width: `${this.size * box}px`, height: `${this.size * box}px` });
  }

  remember() {
    this.past.push([this.context.getImageData(0, 0, this.width, this.height), this.painted]);
    if (this.past.length > 40) this.past.shift();
  }

  undo() {
    const last = this.past.pop();
    if (!last) return;
    this.context.putImageData(last[0], 0, 0);
    this.painted = last[1];
    this.changed();
  }

  edit() { return this.painted ? { picture: this.canvas.toDataURL("image/png").split(",")[1] } : undefined; }
}

const clamp = (place, length) => Math.min(length - 1, Math.max(0, place));
