// The buttons above the stage, and the sentences that come up over it: what was refused, a server that is away.

import { sentence } from "./elements.js";
import { button, element } from "./make.js";

export function bar({ board, host, act, canvas }) {
  const undo = button("Undo (Ctrl+Z)", "undo", act.undo);
  const redo = button("Redo (Ctrl+Y)", "redo", act.redo);
  const add = button("Add a layer or block (A)", "plus", () => act.add());
  const copy = button("Duplicate (Ctrl+D)", "copy", act.duplicate);
  const group = button("Make a block of what is selected (Ctrl+G)", "group", act.group);
  const gone = button("Remove (Delete)", "gone", act.remove);
  const tidy = button("Tidy up: lay everything out anew (T)", "tidy", act.tidy);
  const help = button("Keys (?)", "keys", () => board.ask("help"));
  host.bar.querySelector(".start").append(undo, redo, element("span", "bar-gap"), add, copy, group, gone, tidy);
  host.bar.querySelector(".end").prepend(help);
  const told = element("div", "told");
  told.hidden = true;
  host.stage.append(told);
  const seen = () => {
    const { away, waiting, error } = board.state;
    const held = host.root.getRootNode().activeElement;
    undo.disabled = !board.can.undo;
    redo.disabled = !board.can.redo;
    copy.disabled = group.disabled = !board.selection.size;
    gone.disabled = !board.selection.size && !canvas.edge;
    if (held?.disabled) canvas.focusOn(board.focus); // a button that is switched off would lose the keys
    told.hidden = !away && !error;
    told.classList.toggle("away", away);
    told.replaceChildren();
    if (away) {
      told.append(element("p", "", `The server does not answer. ${waiting ? `${waiting === 1 ? "One edit waits" : `${waiting} edits wait`} for it; it is asked again every two seconds.` : "It is asked again every two seconds."}`));
      if (waiting) told.append(text("Drop these edits", () => board.forget()));
    } else if (error) {
      told.append(sentence(error), text("Close", () => board.fail("")));
    }
  };
  board.addEventListener("state", seen);
  board.addEventListener("view", seen);
  board.addEventListener("selection", seen);
  seen();
}

function text(words, act) {
  const made = element("button", "plain", words);
  made.type = "button";
  made.onclick = act;
  return made;
}
