// The validation examples with the highest loss, with what is said of them and what is true.

import { drawn, shownAt } from "./examples.js";
import { make, nothing, reading } from "./make.js";
import { grouped, percent, said } from "./plot.js";
import { named } from "./embedding.js";

export function hardest(place, room) {
  const words = reading(""), list = make("ul", { class: "cards scroll", tabindex: "0", "aria-label": "The hardest examples" }), empty = nothing("");
  place.append(words, list, empty);
  let shown = null;
  return { draw() {
    const frame = room.source.now("hardest") ?? shown;
    empty.hidden = Boolean(frame);
    words.hidden = list.hidden = !frame;
    if (!frame) { empty.textContent = room.missing("hardest", "No example has been looked at by itself yet."); return; }
    if (frame === shown && list.dataset.names === String(room.names())) return frame.step;
    [shown, list.dataset.names] = [frame, room.names()];
    words.textContent = `Of ${grouped(frame.meta.of)} validation examples those with the highest loss at step ${grouped(frame.step)}, the worst first. Wrong labels often show up here first; so do kinds of examples that the training part lacks.`;
    const column = (name) => frame.arrays.get(name)?.data, classes = frame.arrays.get("prediction")?.data instanceof Int32Array;
    list.replaceChildren(...Array.from(column("index"), (number, at) => {
      const [prediction, target, sure] = ["prediction", "target", "sure"].map((name) => column(name)?.[at]);
      const wrong = classes && prediction !== target;
      const says = prediction === undefined ? null : `${wrong ? "✗ " : ""}${named(room, prediction, classes)}${sure === undefined ? "" : ` (${percent(sure)})`}`;
      const title = [says && `says ${says}`, target === undefined ? null : `is ${named(room, target, classes)}`].filter(Boolean).join(", ");
      return make("li", { class: wrong ? "wrong" : "" }, drawn(shownAt(frame, at), title || `example ${number}`),
        says && make("span", {}, "says ", make("b", {}, says)), target === undefined ? null : make("span", {}, "is ", make("b", {}, named(room, target, classes))),
        make("span", { class: "faint" }, `loss ${said(column("loss")[at])}`));
    }));
    return frame.step;
  } };
}
