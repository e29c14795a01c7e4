// Examples as pictures or words: small ones in lists, several in a sheet.

import { decode } from "../dlviz.shared/frames.js";
import { make } from "./make.js";

/** The validation examples that frames speak of by number: `find(number)` gives {picture} or {text}, or null. */
export class Examples {
  constructor(address, changed) {
    [this.address, this.changed, this.byNumber] = [address, changed, new Map()];
  }

  // Asked for when first wanted; where the run has not written them yet, again with the next moment. Resolves when they
  // are here, or when it is known that they are not.
  async load() {
    if (this.byNumber.size) return;
    this.asked ??= fetch(this.address).then(async (answer) => {
      const frame = answer.status === 200 ? decode(await answer.arrayBuffer()) : null;
      if (frame) this.take(frame);
    }).catch(() => null).finally(() => { this.asked = null; if (this.byNumber.size) this.changed(); });
    await this.asked;
  }

  take(frame) {
    const numbers = frame.arrays.get("index")?.data ?? [];
    numbers.forEach((number, at) => this.byNumber.set(number, shownAt(frame, at)));
  }

  find(number) {
    return this.byNumber.get(number) ?? null;
  }
}

/** What a frame with `picture` or `meta.texts` shows at a place. */
export function shownAt(frame, at) {
  const pictures = frame.arrays.get("picture");
  if (!pictures) return { text: frame.meta.texts?.[at] ?? "" };
  const [, channels, height, width] = pictures.shape, size = channels * height * width;
  return { picture: { data: pictures.data.subarray(at * size, (at + 1) * size), channels, height, width } };
}

/** An example as an element: its picture, or its words. */
export function drawn(example, words) {
  if (!example) return make("div", { class: "example none" }, "not kept");
  if (!example.picture) return make("p", { class: "example text" }, example.text);
  const canvas = make("canvas", { class: "example", role: "img", "aria-label": words });
  const { channels, height, width, data } = example.picture, area = height * width;
  [canvas.width, canvas.height] = [width, height];
  const ink = canvas.getContext("2d"), image = ink.createImageData(width, height);
  for (let at = 0; at < area; at++) {
    for (let channel = 0; channel < 3; channel++) image.data[4 * at + channel] = data[(channels >= 3 ? channel : 0) * area + at];
    image.data[4 * at + 3] = 255;
  }
  ink.putImageData(image, 0, 0);
  return canvas;
}

/** A sheet over the page with several examples: a native dialog, which takes the focus and gives it back. */
export function sheet(root, title, sentence, items) {
  const close = make("button", { type: "button", class: "close", onclick: () => dialog.close() }, "Close");
  const dialog = make("dialog", { class: "sheet", "aria-label": title }, make("h2", {}, title), make("p", {}, sentence),
    make("ul", { class: "cards" }, items.map(([example, words]) => make("li", {}, drawn(example, words), make("span", {}, words)))), close);
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  dialog.onclose = () => dialog.remove();
  root.append(dialog);
  dialog.showModal();
}
