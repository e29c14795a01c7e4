"""The patch: what differs between two views, so that an edit's answer is small. Applied to the one it gives the other.

{nodes: {path: {changed keys; null: the key is gone}}, gone: [paths], order?, roles?: {role: changed keys}}
"""

from __future__ import annotations

from typing import Any

Patch = dict[str, Any]


def difference(before: dict[str, Any], after: dict[str, Any]) -> Patch:
    """The patch that turns the view `before` into `after`."""
    nodes = _each(before["nodes"], after["nodes"])
    patch: Patch = {"nodes": nodes, "gone": [path for path in before["nodes"] if path not in after["nodes"]]}
    if before["order"] != after["order"]:
        patch["order"] = after["order"]
    roles = _each(before["roles"], after["roles"])
    roles |= {name: None for name in before["roles"] if name not in after["roles"]}
    if roles:
        patch["roles"] = roles
    return patch


def _each(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The changes of all that is new or has changed, by name."""
    found = {name: _changes(before.get(name, {}), one) for name, one in after.items()}
    return {name: changes for name, changes in found.items() if changes or name not in before}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    changes = {key: value for key, value in after.items() if key not in before or before[key] != value}
    return changes | {key: None for key in before if key not in after}


def patched(before: dict[str, Any], patch: Patch) -> dict[str, Any]:
    """The view after `patch`, as the browser makes it."""
    gone = set(patch["gone"])
    nodes = {path: node for path, node in before["nodes"].items() if path not in gone}
    for path, changes in patch["nodes"].items():
        nodes[path] = _with(nodes.get(path, {}), changes)
    roles = dict(before["roles"])
    for name, changes in patch.get("roles", {}).items():
        if changes is None:
            del roles[name]
        else:
            roles[name] = _with(roles.get(name, {}), changes)
    return {"roles": roles, "order": patch.get("order", before["order"]), "nodes": nodes}


def _with(before: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (before | changes).items() if value is not None}
