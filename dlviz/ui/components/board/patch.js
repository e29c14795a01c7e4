// The view as the server tells it: whole, or as what changed since. {roles, order, nodes: Map}

export const NOTHING = { roles: {}, order: [], nodes: new Map() };

/** A whole view; beside it what of `before` is no more. */
export function whole(before, view) {
  const gone = [...before.nodes.keys()].filter((path) => !(path in view.nodes));
  return { view: { roles: view.roles, order: view.order, nodes: new Map(Object.entries(view.nodes)) }, gone };
}

/** `before` with a patch applied; nodes that did not change are shared with it. */
export function patched(before, patch) {
  const nodes = new Map(before.nodes), roles = { ...before.roles };
  for (const path of patch.gone ?? []) nodes.delete(path);
  for (const [path, changes] of Object.entries(patch.nodes ?? {})) nodes.set(path, changed(nodes.get(path), changes));
  for (const [role, changes] of Object.entries(patch.roles ?? {})) {
    if (changes === null) delete roles[role];
    else roles[role] = changed(roles[role], changes);
  }
  return { roles, order: patch.order ?? before.order, nodes };
}

// null: the key is gone.
function changed(before, changes) {
  const made = { ...before };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete made[key];
    else made[key] = value;
  }
  return made;
}

/** Who reads whom: path → the nodes that take it as an input. */
export function readers(nodes) {
  const found = new Map();
  for (const [path, node] of nodes)
    for (const from of node.inputs ?? []) {
      if (found.has(from)) found.get(from).push(path);
      else found.set(from, [path]);
    }
  return found;
}
