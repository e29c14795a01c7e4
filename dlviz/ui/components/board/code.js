// The drawing as PyTorch, live beside the canvas; and as a picture, and as a link.

import { button, icon, make } from "./elements.js";
import { highlighted } from "./highlight.js";
import { save, savePicture, saveSvg } from "./save.js";
import { share } from "./share.js";
import { tabs } from "./side.js";

const WAIT = 300; // milliseconds after an edit

export function code(board, host) {
  tabs(board, host);
  share(board, host);
  const panel = host.tab("code", "Code");
  panel.classList.add("code");
  const text = make("pre", { tabIndex: 0, role: "region", "aria-label": "The drawing as PyTorch" });
  const told = make("p", { class: "told-code", role: "status" });
  const copied = (words) => board.say((told.textContent = words));
  const copy = button([icon("copy"), " Copy"], () => navigator.clipboard.writeText(source).then(() => copied("Copied."), () => copied("This browser does not let a page copy. Mark the text and copy it.")), { class: "small" });
  const load = button([icon("save"), " network.py"], () => save(source, "network.py", "text/x-python"), { class: "small", title: "Download the code" });
  const more = make(
    "div", { class: "acts" }, copy, load,
    button([icon("save"), " SVG"], () => saveSvg(board).catch(failed), { class: "small", title: "Download the drawing as a picture to scale" }),
    button([icon("save"), " PNG"], () => savePicture(board).catch(failed), { class: "small", title: "Download the drawing as a picture of dots" }),
  );
  panel.append(make("p", { class: "lead" }, "The drawing as PyTorch. It runs as it stands, without dlviz."), more, told, text);
  let source = "", rev = null, late = true, timer, lines = new Map();

  const failed = (error) => copied(`The picture did not come: ${error.message}. Try again.`);

  function soon() {
    if (panel.hidden) return void (late = true);
    clearTimeout(timer);
    timer = setTimeout(fetchCode, source ? WAIT : 0);
  }

  async function fetchCode() {
    late = false;
    if (!board.loaded || rev === board.rev) return;
    const wanted = board.rev;
    try {
      const answer = await fetch(`${board.wire.address}/code`, { cache: "no-store" });
      const found = await answer.json();
      if (wanted !== board.rev) return;
      rev = wanted;
      show(found);
    } catch {
      late = true;
      told.textContent = "The code did not come. It is asked for again after the next edit.";
    }
  }

  function show({ code: fresh, error }) {
    const none = fresh === undefined || fresh === null;
    told.textContent = none ? (error ?? "").replaceAll("`", "") : "";
    for (const each of [copy, load]) each.disabled = none;
    panel.classList.toggle("stale", none && Boolean(source));
    if (none) return;
    source = fresh;
    const top = text.scrollTop;
    text.replaceChildren(...highlighted(source));
    lines = places(source);
    text.scrollTop = top;
    mark(false);
  }

  // The lines in which the chosen layers are made and used.
  function mark(go = true) {
    const names = new Set([...board.selection].map((path) => board.name(path)));
    let first = null;
    [...text.children].forEach((line, number) => {
      const here = names.size > 0 && (lines.get(number) ?? []).some((name) => names.has(name));
      line.classList.toggle("marked", here);
      if (here) first ??= line;
    });
    if (go && first && !panel.hidden) text.scrollTop = Math.max(0, first.offsetTop - text.offsetTop - text.clientHeight / 3);
  }

  board.addEventListener("view", soon);
  board.addEventListener("data", () => ((rev = null), soon()));
  board.addEventListener("selection", () => mark());
  panel.addEventListener("shown", () => late && soon());
}

// Line number → the layers whose module stands there: `self.conv1 = …` and `x = self.conv1(x)`.
function places(source) {
  return new Map(source.split("\n").map((line, number) => [number, [...line.matchAll(/\bself\.([A-Za-z_]\w*)/g)].map(([, name]) => name)]));
}
