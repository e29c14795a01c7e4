// Several chosen layers: their sums, and what can be done to all of them.

import { button, count, grouped, make } from "./elements.js";

/** A block's title names a class in the code: the first that is free. */
export function freeTitle(board) {
  const taken = new Set([...board.nodes.values()].map((node) => node.block?.title));
  let number = 1;
  while (taken.has(`Block${number}`)) number += 1;
  return `Block${number}`;
}

export function several(board, paths) {
  const nodes = paths.map((path) => board.nodes.get(path));
  const sum = (key) => nodes.reduce((total, node) => total + (node[key] ?? 0), 0);
  const wrong = nodes.filter((node) => node.problems?.length).length;
  const title = make("input", { type: "text", id: "board-group-title", value: freeTitle(board), spellcheck: "false", autocomplete: "off" });
  const group = () => board.send({ do: "group", nodes: paths, title: title.value.trim() || freeTitle(board) });
  title.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") group();
  });
  const rows = [["Parameters", grouped(sum("parameters"))], ["Operations", `${grouped(sum("flops"))} an example`]];
  return make(
    "div", { class: "one" },
    make("header", {}, make("h2", {}, count(paths.length, "layer"))),
    wrong > 0 && make("p", { class: "wrong" }, `${wrong} of them with a problem: choose one alone to mend it.`),
    make("dl", { class: "facts" }, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    make(
      "section", { class: "part" }, make("h3", {}, "Make a block of them"),
      make("div", { class: "field" }, make("div", { class: "head" }, make("label", { for: "board-group-title" }, "Title (its class in the code)")), title),
      make("div", { class: "acts" }, button("Group", group, { class: "small main", title: "Ctrl+G" })),
    ),
    make(
      "section", { class: "part acts" },
      button("Duplicate", () => board.send({ do: "duplicate", nodes: paths }), { class: "small", title: "Ctrl+D" }),
      button("Remove", () => board.send({ do: "remove", nodes: paths }), { class: "small", title: "Delete" }),
    ),
  );
}
