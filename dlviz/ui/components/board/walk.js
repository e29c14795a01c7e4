// Ways through the network: who stands where, what comes before, what would make a circle. Knows nothing of drawing.

/** The role or block in which a path stands, from the path alone. */
export function scopeOf(path) {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}

/** The blocks around a node, from the innermost out. */
export function within(board, path) {
  const blocks = [];
  for (let at = board.scope(path); at && !(at in board.view.roles); at = board.scope(at)) blocks.push(at);
  return blocks;
}

/** All nodes inside a block, whatever their depth. */
export function inside(board, block) {
  return [...board.nodes.keys()].filter((path) => path.startsWith(`${block}.`));
}

const known = new WeakMap(); // the nodes of a view → what each depends on, as far as it was asked

/** Everything that `path` depends on. */
export function before(board, path) {
  if (!known.has(board.nodes)) known.set(board.nodes, new Map());
  const found = known.get(board.nodes);
  if (!found.has(path)) found.set(path, reached(path, (at) => board.nodes.get(at)?.inputs ?? []));
  return found.get(path);
}

/** Everything that depends on `path`. */
export function after(board, path) {
  return reached(path, (at) => board.readers(at));
}

function reached(path, next) {
  const found = new Set(), open = [path];
  while (open.length)
    for (const other of next(open.pop())) {
      if (found.has(other)) continue;
      found.add(other);
      open.push(other);
    }
  return found;
}

/** Why nothing can flow from `from` into `to`, as a sentence; null where it can. */
export function whyNot(board, from, to) {
  const [source, target] = [board.nodes.get(from), board.nodes.get(to)];
  if (!source || !target) return "There is no such layer.";
  if (from === to) return "A layer cannot read itself.";
  if (board.scope(from) !== board.scope(to)) return "Both layers must stand in the same network or block.";
  if ((target.takes ?? [1, 1])[1] === 0) return `${board.name(to)} takes no input.`;
  if ((target.inputs ?? []).includes(from)) return `${board.name(to)} reads ${board.name(from)} already.`;
  if (before(board, from).has(to)) return "That would make a circle: data must flow one way.";
  return null;
}

/** The edits that let `to` read `from`; on port `place` that is taken, the one that was there gives way. */
export function connected(board, from, to, place = null) {
  const node = board.nodes.get(to);
  const inputs = node.inputs ?? [];
  const most = (node.takes ?? [1, 1])[1];
  if (place !== null && place < inputs.length) return [{ do: "rewire", node: to, inputs: inputs.with(place, from) }];
  if (most !== null && inputs.length >= most)
    return [{ do: "rewire", node: to, inputs: [...inputs.slice(0, most - 1), from] }];
  return [{ do: "connect", from, to }];
}

/** The edits that take `path` out of its chain and put it into the edge `from` → `to`. */
export function intoEdge(board, path, [from, to]) {
  const inputs = new Map(); // node → what it reads when all is done
  const reads = (node) => inputs.get(node) ?? board.nodes.get(node).inputs ?? [];
  const heir = (board.nodes.get(path).inputs ?? [])[0];
  for (const reader of board.readers(path)) {
    const left = reads(reader).map((name) => (name === path ? heir : name)).filter(Boolean);
    inputs.set(reader, [...new Set(left)]);
  }
  inputs.set(to, reads(to).map((name) => (name === from ? path : name)));
  inputs.set(path, [from]);
  return [...inputs].map(([node, read]) => ({ do: "rewire", node, inputs: read }));
}

/** The neighbour of `path` for an arrow key: along the flow, or among those that read the same. */
export function neighbour(board, path, key) {
  const node = board.nodes.get(path);
  if (!node) return board.view.order[0];
  if (key === "ArrowRight") return nearest(board, path, board.readers(path));
  if (key === "ArrowLeft") return nearest(board, path, node.inputs ?? []);
  const [x, y] = middle(node);
  const down = key === "ArrowDown" ? 1 : -1;
  const score = ([a, b]) => (b - y) * down + 3 * Math.abs(a - x);
  const others = board.view.order.filter((other) => {
    if (other === path || !board.seen(other) || board.nodes.get(other).block?.open) return false;
    return (middle(board.nodes.get(other))[1] - y) * down > 12;
  });
  return others.sort((one, two) => score(middle(board.nodes.get(one))) - score(middle(board.nodes.get(two))))[0];
}

function nearest(board, path, others) {
  const y = middle(board.nodes.get(path))[1];
  const far = (other) => Math.abs(middle(board.nodes.get(other))[1] - y);
  return [...others].filter((other) => board.nodes.has(other)).sort((one, two) => far(one) - far(two))[0];
}

export function middle(node) {
  const [[x, y], [w, h]] = [node.at ?? [0, 0], node.size ?? [0, 0]];
  return [x + w / 2, y + h / 2];
}
