// What is wrong at a layer, in words, with the buttons that mend it.

import { button, icon, make, sentence } from "./elements.js";
import { inside } from "./walk.js";

/** The problems of `path` (a node, or a role for the network as a whole) as elements; those inside a block with it,
 * unless `own` is asked for. */
export function problems(board, path, { own = false } = {}) {
  const inner = own || !board.nodes.get(path)?.block ? [] : inside(board, path);
  return [path, ...inner].flatMap((at) => {
    const found = board.nodes.get(at)?.problems ?? board.view.roles[at]?.problems ?? [];
    return found.map((problem) => one(board, at, problem));
  });
}

/** Whether anything is wrong with a node, or inside it. */
export function wrong(board, path) {
  const inner = board.nodes.get(path)?.block ? inside(board, path) : [];
  return [path, ...inner].some((at) => board.nodes.get(at)?.problems?.length);
}

function one(board, path, { message, remedies = [] }) {
  const whole = path in board.view.roles;
  const mend = (choice) => {
    const place = whole ? { node: "", role: path } : { node: path };
    return board.send({ do: "mend", ...place, message, choice, title: remedies[choice] });
  };
  const buttons = remedies.map((title, choice) => button(title.replaceAll("`", ""), () => mend(choice), { class: "mend" }));
  return make(
    "div", { class: "problem" },
    icon("warning"),
    make("div", {}, sentence(message), buttons.length > 0 && make("div", { class: "mends" }, ...buttons)),
  );
}

/** Every problem there is: [path, problem] in reading order, the networks' own first. */
export function all(board) {
  const roles = Object.entries(board.view.roles).map(([role, facts]) => [role, facts.problems]);
  const nodes = board.view.order.map((path) => [path, board.nodes.get(path)?.problems]);
  return [...roles, ...nodes].flatMap(([path, found]) => (found ?? []).map((problem) => [path, problem]));
}
