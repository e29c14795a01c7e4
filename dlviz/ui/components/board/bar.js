// The buttons above the stage, and the sentences that come up over it: what was refused, a server that is away.

import { button, element } from "./make.js";

export function bar(board, host) {
  const { canvas } = host;
  const undo = button("Undo (Ctrl+Z)", "undo", () => board.send({ do: "undo" }));
  const redo = button("Redo (Ctrl+Y)", "redo", () => board.send({ do: "redo" }));
  host.bar.querySelector(".start").append(undo, redo);
  const told = element("div", "told");
  told.hidden = true;
  host.stage.append(told);
  const seen = () => {
    const { away, waiting, error } = board.state;
    undo.disabled = !board.can.undo;
    redo.disabled = !board.can.redo;
    told.hidden = !away && !error;
    told.classList.toggle("away", away);
    told.replaceChildren();
    if (away) {
      told.append(element("p", "", `The server does not answer. ${waiting ? `${waiting === 1 ? "One edit waits" : `${waiting} edits wait`} for it; it is asked again every two seconds.` : "It is asked again every two seconds."}`));
      if (waiting) told.append(text("Drop these edits", () => board.forget()));
    } else if (error) {
      told.append(element("p", "", error), text("Close", () => board.fail("")));
    }
  };
  board.addEventListener("state", seen);
  board.addEventListener("view", seen);
  seen();
}

function text(words, act) {
  const made = element("button", "plain", words);
  made.type = "button";
  made.onclick = act;
  return made;
}
