// The network as a whole: what it takes and must give, what it costs, what is wrong with it, how to begin.

import { button, count, grouped, make, size } from "./elements.js";
import { all, problems } from "./problems.js";
import { upper } from "./values.js";

export function whole(board) {
  const roles = Object.entries(board.view.roles);
  const faults = all(board);
  return make(
    "div", { class: "one" },
    make("header", {}, make("h2", {}, roles.length > 1 ? "The networks as a whole" : "The network as a whole")),
    ...roles.map(([role, facts]) => one(board, role, facts, roles.length > 1)),
    faults.length > 0 && waiting(board, faults),
    tips(board),
  );
}

function one(board, role, facts, named) {
  const { takes = {}, gives, total = {} } = facts;
  const rows = [
    ["Takes", Object.entries(takes).map(([field, shape]) => `${field}: ${shape}`).join(", ") || "–"],
    ["Must give", gives ?? "anything"],
    ["Parameters", grouped(total.parameters)],
    ["Operations", `${grouped(total.flops)} an example`],
  ];
  if (total.bytes) rows.push(["Memory", `about ${size(total.bytes)} for a training step`]);
  return make(
    "section", { class: named ? "part" : "" },
    named && make("h3", {}, upper(role)),
    facts.about && make("p", {}, facts.about),
    ...problems(board, role),
    make("dl", { class: "facts" }, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
  );
}

// Problems that stand at layers: a way to each.
function waiting(board, faults) {
  const at = faults.filter(([path]) => board.nodes.has(path));
  if (!at.length) return null;
  return make(
    "section", { class: "part" }, make("h3", {}, `${count(at.length, "problem")} to mend`),
    make("ul", { class: "links" }, ...at.map(([path, { message }]) =>
      make("li", {}, button(board.name(path), () => board.select([path], { focus: path }), { class: "link", title: message }), " ", make("span", {}, message.replaceAll("`", "")))),
    ),
  );
}

function tips(board) {
  const empty = board.view.order.length <= 1;
  const lines = empty
    ? ["Begin: choose a layer on the left, or press A and type its name.", "Start from, above the board, brings a ready network."]
    : ["Choose a layer to change its settings.", "A adds a layer after the chosen one by its name.", "Drag from one layer's edge to another to connect them; C does the same by keyboard."];
  return make(
    "section", { class: "part tips" }, make("h3", {}, empty ? "How to begin" : "Good to know"),
    make("ul", {}, ...lines.map((line) => make("li", {}, line))),
    button("All keys", () => board.ask("help"), { class: "small" }),
  );
}
