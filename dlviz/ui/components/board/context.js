// The menu at a right click or a long press.

import { floor } from "./floor.js";
import { element } from "./make.js";

export class Menu {
  constructor({ board, canvas, host, viewport }) {
    Object.assign(this, { board, canvas, host, viewport });
    this.box = element("div", "menu");
    this.box.setAttribute("role", "menu");
    this.box.hidden = true;
    host.root.append(this.box);
    this.box.onkeydown = (event) => this.key(event);
    this.box.addEventListener("focusout", ({ relatedTarget }) => this.box.contains(relatedTarget) || this.close());
  }

  /** The entries for what was pressed, `on` as `Pointer.hit` gives it. */
  entries(on, at, screen) {
    const { board, canvas, act } = this;
    const node = on.path && board.nodes.get(on.path);
    const block = node?.block;
    const several = board.selection.size > 1;
    if (node)
      return [
        !several && ["Settings", act.settings],
        !several && ["Add after it …", () => act.add({ after: on.path })],
        !several && ["Connect to …", () => this.link.begin(on.path, null, screen)],
        block && [block.open ? "Close the block" : "Open the block", () => act.open(on.path)],
        block && !several && ["Take the block apart", act.ungroup],
        ["Make a block of it", act.group],
        ["Duplicate", act.duplicate],
        ["Copy", () => this.clipboard.copy()],
        !canvas.several && ["Select several", () => (canvas.several = true)],
        ["Remove", act.remove],
      ].filter(Boolean);
    if (on.edge)
      return [["Insert a layer …", () => act.add({ edge: [on.edge.from, on.edge.to] })], ["Remove the edge", act.remove]];
    return [
      ["Add a layer here …", () => act.add({ at })], ["Paste", () => this.clipboard.paste(at)],
      ["Select all", act.all], ["Tidy up", act.tidy], ["Show everything", act.fit],
    ];
  }

  open(x, y, on) {
    if (on.edge) this.canvas.choose(on.edge);
    const screen = { clientX: x, clientY: y };
    const at = this.viewport.world(screen).map((value) => Math.round(value / 8) * 8);
    this.box.replaceChildren(
      ...this.entries(on, at, screen).map(([words, act]) => {
        const item = element("button", "", words);
        item.type = "button";
        item.setAttribute("role", "menuitem");
        item.tabIndex = -1;
        item.onclick = () => {
          this.close();
          this.canvas.focusOn(this.board.focus);
          act();
        };
        return item;
      }),
    );
    this.box.hidden = false;
    const root = this.host.root.getBoundingClientRect();
    this.box.style.left = `${Math.max(4, Math.min(x - root.left, root.width - this.box.offsetWidth - 4))}px`;
    this.box.style.top = `${Math.max(4, Math.min(y - root.top, floor(this.host.root) - this.box.offsetHeight - 4))}px`;
    this.box.firstChild.focus({ preventScroll: true });
  }

  close() {
    this.box.hidden = true;
  }

  key(event) {
    const items = [...this.box.children], at = items.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[to % items.length].focus();
    else if (event.key === "Escape") {
      this.close();
      this.canvas.focusOn(this.board.focus);
    } else if (event.key !== "Enter" && event.key !== " " && event.key !== "Tab") return event.stopPropagation();
    else return event.key === "Tab" ? event.preventDefault() : event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
  }
}
