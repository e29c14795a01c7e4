// A link that holds the whole draft: made by the server, copied here.

import { button, icon, make } from "./elements.js";

/** A button in the bar that comes up with the link. */
export function share(board, host) {
  const told = make("p", { role: "status", class: "told-code" });
  const field = make("input", { type: "text", readonly: true, "aria-label": "The link", onfocus: () => field.select() });
  const note = make("p", { class: "told-code" });
  const copy = button([icon("copy"), " Copy the link"], copied, { class: "small main" });
  const dialog = make(
    "dialog", { class: "share", "aria-label": "Share this draft" },
    make("h2", {}, "Share this draft"),
    make("p", {}, "Whoever opens this link gets a draft of her own: the drawing, which data it is for, and how it learns. All of it stands in the link itself; no server keeps it."),
    field, note, make("div", { class: "acts" }, copy, button("Close", () => dialog.close(), { class: "small" })), told,
  );
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  board.root.append(dialog);

  async function open() {
    told.textContent = "";
    note.textContent = "";
    field.value = "";
    copy.disabled = true;
    dialog.showModal();
    try {
      const answer = await fetch(`/dlviz/share/${board.data.draft}`, { cache: "no-store" });
      const found = await answer.json();
      if (!answer.ok) throw new Error(found.error);
      field.value = `${location.origin}${location.pathname}#${found.fragment}`;
      note.textContent = `${field.value.length.toLocaleString("en")} characters. ${found.note}`;
      copy.disabled = false;
      copy.focus();
    } catch (error) {
      told.textContent = `There is no link yet: ${error.message}`;
    }
  }

  // Without a safe connection a browser gives pages no clipboard; then the marked text is copied the old way.
  async function copied() {
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
      else {
        field.select();
        if (!document.execCommand("copy")) throw new Error();
      }
      told.textContent = "Copied.";
    } catch {
      field.select();
      told.textContent = "This browser does not let a page copy. The link is marked: press Ctrl+C.";
    }
  }

  const made = button([icon("link"), " Share"], open, { class: "plain", title: "A link that holds the whole draft" });
  host.bar.querySelector(".end").prepend(made);
}
