// The same network as a list in reading order: for a screen reader, and for whoever would rather read than look.

import { button, count, focused, icon, make } from "./elements.js";
import { problems, wrong } from "./problems.js";
import { quickAdd } from "./quickadd.js";
import { freeTitle } from "./several.js";
import { tabs } from "./side.js";
import { upper } from "./values.js";

export function list(board, host) {
  tabs(board, host);
  const panel = host.tab("list", "List");
  panel.classList.add("list");
  const whole = make("div", { class: "faults" });
  const rows = make("div", { class: "rows" });
  const add = button("+ Add a layer", () => more(null), { class: "add" });
  panel.append(whole, rows, add);
  let late = true;

  function draw() {
    if (!board.loaded || panel.hidden) return void (late = true);
    late = false;
    const held = focused(panel)?.closest?.("li[data-path]")?.dataset.path;
    whole.replaceChildren(...Object.keys(board.view.roles).flatMap((role) => problems(board, role)));
    rows.replaceChildren(...Object.keys(board.view.roles).map(role));
    if (held) (main(board.focus && board.focus !== held && !board.nodes.has(held) ? board.focus : held) ?? main(board.focus) ?? add).focus({ preventScroll: true });
  }

  function role(name, _, roles) {
    const made = level(name, 1);
    made.setAttribute("aria-label", `Layers of the ${roles.length > 1 ? name : "network"}, in order`);
    return roles.length > 1 ? make("section", {}, make("h3", {}, upper(name)), made) : made;
  }

  function level(scope, depth) {
    const paths = board.view.order.filter((path) => board.scope(path) === scope);
    return make("ol", { class: "level" }, ...paths.map((path, place) => row(path, place, paths.length, depth)));
  }

  function row(path, place, many, depth) {
    const node = board.nodes.get(path);
    const chosen = board.selection.has(path);
    const title = node.block ? node.block.title + (node.block.repeat > 1 ? ` × ${node.block.repeat}` : "") : node.kind;
    const reads = (node.inputs ?? []).map((from) => board.name(from));
    const told = [
      `${place + 1} of ${many}: ${title}, ${board.name(path)}`, reads.length ? `reads ${reads.join(" and ")}` : "", node.summary,
      node.shape ? `gives ${node.shape}` : "shape not known", node.problems?.length ? count(node.problems.length, "problem") : "",
    ];
    const button_ = button(
      [make("span", { class: "words" }, make("b", {}, title), make("code", {}, board.name(path)), make("span", { class: "sum" }, node.summary ?? "")),
        make("span", { class: "shape" }, node.shape ?? "?")],
      () => (board.select([path], { focus: path })),
      { class: "main", "aria-label": told.filter(Boolean).join(", "), "aria-current": chosen, tabIndex: 0 },
    );
    const before = place > 0 ? paths(board, board.scope(path))[place - 1] : null;
    const plain = (node.inputs ?? []).length === 1 && node.inputs[0] === before;
    const item = make(
      "li", { class: `row${chosen ? " chosen" : ""}${wrong(board, path) ? " bad" : ""}`, "data-path": path },
      button_,
      !plain && reads.length > 0 && make("p", { class: "from", "aria-hidden": true }, `reads ${reads.join(", ")}`),
      chosen && tools(path, node),
      ...problems(board, path, { own: Boolean(node.block?.open) }),
      node.block?.open && level(path, depth + 1),
    );
    item.style.setProperty("--group", board.color(node.group));
    return item;
  }

  function tools(path, node) {
    const tool = (sign, words, act) => button(icon(sign), act, { class: "icon-button", title: words, "aria-label": `${words.replace(/ \(.*/, "")}: ${board.name(path)}` });
    return make(
      "div", { class: "row-tools" },
      tool("up", "Earlier (Alt+↑)", () => board.send({ do: "shift", node: path, by: -1 })),
      tool("down", "Later (Alt+↓)", () => board.send({ do: "shift", node: path, by: 1 })),
      tool("add", "Add a layer after it (A)", () => more(path)),
      tool("settings", "Its settings (Enter)", () => board.ask("settings")),
      node.block && tool("open", node.block.open ? "Close it (O)" : "Open it (O)", () => board.send({ do: "open", node: path, open: !node.block.open })),
      tool("copy", "Duplicate (Ctrl+D)", () => board.send({ do: "duplicate", nodes: [path] })),
      tool("gone", "Remove (Delete)", () => board.send({ do: "remove", nodes: [path] })),
    );
  }

  function main(path) {
    return [...rows.querySelectorAll("li[data-path]")].find((item) => item.dataset.path === path)?.querySelector(".main");
  }

  function more(path) {
    const here = (path ? main(path) : add).getBoundingClientRect();
    return quickAdd(board, path ? { after: path } : {}, { x: here.left, y: here.bottom + 4 });
  }

  panel.addEventListener("keydown", (event) => {
    const path = event.target.closest("li[data-path]")?.dataset.path;
    if (!path || !event.target.matches(".main")) return;
    const act = acts(event, path);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  function acts(event, path) {
    const shown = [...rows.querySelectorAll(".main")];
    const at = shown.indexOf(event.target);
    const node = board.nodes.get(path);
    const go = (place) => shown[Math.max(0, Math.min(shown.length - 1, place))]?.focus();
    const shift = (by) => board.send({ do: "shift", node: path, by });
    const letter = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey)
      return {
        z: () => board.send({ do: event.shiftKey ? "redo" : "undo" }), y: () => board.send({ do: "redo" }),
        d: () => board.send({ do: "duplicate", nodes: [path] }),
        g: () => board.send({ do: "group", nodes: board.selection.has(path) ? [...board.selection] : [path], title: freeTitle(board) }),
      }[letter];
    if (event.altKey) return { ArrowUp: () => shift(-1), ArrowDown: () => shift(1) }[event.key];
    return {
      ArrowUp: () => go(at - 1), ArrowDown: () => go(at + 1), Home: () => go(0), End: () => go(shown.length - 1),
      Delete: () => board.send({ do: "remove", nodes: [path] }), Backspace: () => board.send({ do: "remove", nodes: [path] }),
      ArrowRight: () => node.block && !node.block.open && board.send({ do: "open", node: path, open: true }),
      ArrowLeft: () => node.block?.open && board.send({ do: "open", node: path, open: false }),
      Enter: () => (board.select([path], { focus: path }), board.ask("settings")),
      a: () => more(path), "+": () => more(path),
      o: () => node.block && board.send({ do: "open", node: path, open: !node.block.open }),
    }[event.key.length === 1 ? letter : event.key];
  }

  board.addEventListener("view", draw);
  board.addEventListener("selection", draw);
  board.addEventListener("data", draw);
  board.addEventListener("menu", draw);
  panel.addEventListener("shown", () => late && draw());
}

function paths(board, scope) {
  return board.view.order.filter((path) => board.scope(path) === scope);
}
