// A native dialog: it takes the focus, closes with Escape, and gives the focus back.

import { popovers } from "./popovers.js";

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".dlviz-shortcuts");
  if (root.firstChild) return;
  const button = document.createElement("button");
  button.textContent = "?";
  button.title = "Keyboard shortcuts (?)";
  button.setAttribute("aria-label", "Keyboard shortcuts");
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Keyboard shortcuts");
  const title = document.createElement("h2");
  title.textContent = "Keyboard shortcuts";
  dialog.append(title);
  for (const [place, keys] of Object.entries(data)) {
    const heading = document.createElement("h3");
    heading.textContent = place;
    const list = document.createElement("dl");
    for (const [key, does] of keys) {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      for (const each of key.split(" ")) {
        const cap = document.createElement("kbd");
        cap.textContent = each;
        term.append(cap);
      }
      text.textContent = does;
      list.append(term, text);
    }
    dialog.append(heading, list);
  }
  const close = document.createElement("button");
  close.textContent = "Close";
  close.onclick = () => dialog.close();
  dialog.append(close);
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  button.onclick = () => dialog.showModal();
  root.append(button, dialog);
  const pressed = (event) => {
    const [target] = event.composedPath(); // also within a component's shadow
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
    if (event.key === "?" && !typing && !dialog.open) dialog.showModal();
  };
  document.addEventListener("keydown", pressed);
  const leave = popovers();
  return () => { leave(); document.removeEventListener("keydown", pressed); root.replaceChildren(); };
}
