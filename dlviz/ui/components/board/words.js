// What a screen reader says of a node.

import { title } from "./canvas_node.js";
import { grouped } from "./make.js";

/** "conv1, Conv2d, 16 filters, gives 16 × 28 × 28, reads input, 1 problem". */
export function label(board, path) {
  const node = board.nodes.get(path);
  const parts = [board.name(path), title(node)];
  if (node.block) parts.push(`${node.block.open ? "open" : "closed"} block${node.block.repeat > 1 ? `, ${node.block.repeat} times` : ""}`);
  if (node.summary) parts.push(node.summary);
  parts.push(node.shape ? `gives ${node.shape}` : "shape unknown");
  if (node.inputs?.length) parts.push(`reads ${node.inputs.map((from) => board.name(from)).join(" and ")}`);
  else if ((node.takes ?? [1, 1])[0] > 0) parts.push("reads nothing yet");
  if (node.parameters) parts.push(`${grouped(node.parameters)} weights`);
  const many = node.problems?.length ?? 0;
  if (many) parts.push(many === 1 ? `1 problem: ${node.problems[0].message}` : `${many} problems`);
  return parts.join(", ");
}
