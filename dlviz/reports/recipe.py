"""Recipe: the network and how it was trained, so that it can be done again."""

from __future__ import annotations

import time
from typing import Any

import dlviz
from dlviz.core.written import count, duration, figure, number
from dlviz.network.graph import Graph
from dlviz.reports import figures
from dlviz.reports.blocks import Block, Facts, Figure, Grid, Paragraph, Section
from dlviz.reports.case import Case
from dlviz.reports.figures import Line

#: Layers that are listed of each network.
_LAYERS = 40


def recipe(case: Case) -> Section:
    spec, state = case.restored.spec, case.state
    assert spec.networks is not None and spec.optimization is not None and spec.training is not None
    document = spec.optimization.document(brief=True)
    training = {name: value for name, value in spec.training.document(brief=True).items() if name != "kind"}
    rows = [
        ("task", _part(case.task.document(brief=True))),
        ("optimizer", _part(document["optimizer"])),
        ("schedule", _part(document["schedule"])),
        *(
            (group, ", ".join(map(_part, document[group])))
            for group in ("regularizers", "augmentations")
            if document[group]
        ),
        ("epochs", f"{number(state.get('epoch'))} of {spec.training.epochs}"),
        ("batch size", str(spec.training.batch_size)),
        *(
            (name.replace("_", " "), str(value))
            for name, value in training.items()
            if name not in ("epochs", "batch_size")
        ),
        ("weights used", f"those after step {case.restored.step:,}"),
        ("seed", str(spec.seed)),
        ("trained on", f"{state.get('device', 'unknown')}, {state.get('precision', 'unknown')}"),
        ("time", duration(float(state.get("seconds") or 0))),
        ("made with", f"dlviz {dlviz.__version__}"),
    ]
    if isinstance(state.get("created"), int | float):
        rows.append(("begun", time.strftime("%Y-%m-%d %H:%M", time.localtime(state["created"]))))
    blocks: list[Block] = [Facts(tuple(rows)), *_curves(case)]
    changed = case.run.changes()
    if changed:
        made = tuple((f"{one['step']:,}", str(one["what"]), str(one["to"])) for one in changed[:30])
        blocks.append(Grid(("step", "what", "to"), made, "Changed on the way", frozenset({0})))
    for role, graph in spec.networks.items():
        blocks.append(_network(case, role, graph))
    return Section("recipe", "How it was made", tuple(blocks))


def _network(case: Case, role: str, graph: Graph) -> Grid:
    size = sum(weight.numel() for weight in case.networks[role].parameters()) if role in case.networks else 0
    rows = tuple((node.name, _part(node.layer.document(brief=True))) for node in list(graph)[:_LAYERS])
    title = f"Network {role}: {count(len(graph), 'node')}, {number(float(size))} weights"
    if len(graph) > _LAYERS:
        title += f" (the first {_LAYERS})"
    return Grid(("node", "layer"), rows, title)


def _curves(case: Case) -> list[Block]:
    epochs = [one for one in case.epochs() if isinstance(one.get("train.loss"), int | float)]
    if len(epochs) < 2:
        return [Paragraph("Fewer than two epochs were measured, so there is no curve to draw.", "aside")]
    lines = []
    for part, look, dash in (("train", "blue", ""), ("validation", "orange", "5 3")):
        known = [one for one in epochs if isinstance(one.get(f"{part}.loss"), int | float)]
        if known:
            x, y = ([float(one[name]) for one in known] for name in ("epoch", f"{part}.loss"))
            lines.append(Line(f"{part} loss", x, y, look, dash))
    said = "; ".join(f"{line.name} from {line.y[0]:.3g} to {line.y[-1]:.3g}" for line in lines)
    alt = f"Loss over {len(epochs)} epochs: {said}."
    names = [name for name in epochs[-1] if name.startswith("validation.")]
    some = epochs[:: max(1, len(epochs) // 10)]
    rows = tuple((f"{one['epoch']:.0f}", *(_known(one.get(name)) for name in names)) for one in some)
    head = ("epoch", *(figure(name.removeprefix("validation.")) for name in names))
    grid = Grid(head, rows, "Validation figures", frozenset(range(len(head))))
    return [Figure("Loss while it learned", figures.curves(lines, "epoch", alt), alt, grid)]


def _known(value: object) -> str:
    return number(float(value)) if isinstance(value, int | float) else "–"


def _part(document: dict[str, Any]) -> str:
    """A part in a line: its kind and the settings that were chosen."""
    chosen = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in document.items() if name != "kind")
    return f"{document['kind']}{f' ({chosen})' if chosen else ''}"
