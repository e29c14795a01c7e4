"""Job: one look in a process of its own. `python -m dlviz.inside.job FOLDER`.

<folder>/request.json   {"spec": a draft's document, "run": folder of a run or null, "part", "index"}
<folder>/state.json     {"status": running | done | failed, "error", "seconds"}
<folder>/found.npz      `out|<path>`, `grad|<path>`, `att|<path>`: arrays of one example
<folder>/found.json     nodes: {path: {"shape", "gradient", "weight", …}}, losses, part, index, says, truth
<folder>/input_<n>      each input as a person reads it (a Value)
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch

from dlviz.core.files import read_json, replace_with, write_json
from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Category, Scalar, Value
from dlviz.datasets.data import Data
from dlviz.inside.look import Look, Seen, look
from dlviz.training.folder import RunFolder
from dlviz.training.restore import make_networks, restore
from dlviz.training.spec import Spec
from dlviz.training.start import of_draft

#: The parts a look may take its example from. The test part is kept for the end of a run.
PARTS = ("train", "validation")


def main(folder: str | Path) -> int:
    """Do what `request.json` asks; 0 where it is done. Whatever happens, the state tells it."""
    folder = Path(folder)
    began = monotonic()

    def tell(status: str, error: str | None = None) -> None:
        write_json(folder / "state.json", {"status": status, "error": error, "seconds": round(monotonic() - began, 3)})

    try:
        tell("running")
        _answer(folder, read_json(folder / "request.json", {}))
        tell("done")
        return 0
    except WrongInput as error:
        tell("failed", str(error))
    except MemoryError:
        tell("failed", "There was not enough memory for this network. Draw a smaller one.")
    except Exception as error:
        traceback.print_exc()
        told = (str(error).strip().splitlines() or [""])[0][:200]
        tell("failed", f"The example could not be sent through ({type(error).__name__}: {told}).")
    return 1


def _answer(folder: Path, request: Mapping[str, Any]) -> None:
    spec, data, networks = _ready(request)
    part, index = str(request.get("part", "validation")), request.get("index", 0)
    if part not in PARTS:
        raise WrongInput(f"A look takes an example of {' or '.join(PARTS)}. Received: {part}.")
    examples = data.part(part)
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(examples):
        raise WrongInput(
            f"The {part} part has {len(examples):,} examples, 0 to {len(examples) - 1}. Received: {index}."
        )
    task, fields = spec.task, data.fields
    assert task is not None and spec.networks is not None
    batch = examples.batch(slice(index, index + 1))
    torch.manual_seed(spec.seed)  # noise that a task draws is the same at each look
    found = look(task, networks, spec.networks, task.roles(fields), batch, fields)
    arrays = {f"{name}|{path}": array for path, seen in found.nodes.items() for name, array in _arrays(seen)}

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    replace_with(folder / "found.npz", write)
    shown = data.shown(part, [index])
    for number, name in enumerate(fields.inputs):
        shown[name].save(folder / f"input_{number}")
    torch.manual_seed(spec.seed)
    with torch.no_grad():
        says = {name: _said(value) for name, value in task.predict(networks, batch, fields).items()}
    write_json(
        folder / "found.json",
        {
            "nodes": _facts(found),
            "losses": found.losses,
            "part": part,
            "index": index,
            "of": len(examples),
            "inputs": list(fields.inputs),
            "says": says,
            "truth": {name: _said(shown[name]) for name in fields.targets},
        },
    )


def _ready(request: Mapping[str, Any]) -> tuple[Spec, Data, dict[str, torch.nn.Module]]:
    """The experiment, its data, and its networks: fresh ones as a training would begin with, or a run's."""
    run = request.get("run")
    if run:
        restored = restore(RunFolder(Path(run)))
        return restored.spec, restored.load_data(), restored.networks
    spec = of_draft(Spec.parse(request.get("spec")))
    data = spec.data.load(spec.seed)
    spec = spec.completed(data.fields)
    assert spec.task is not None
    torch.manual_seed(spec.seed)
    networks = make_networks(spec, data.fields)
    spec.task.prepare(networks, data.fields, data.train)
    return spec, data, networks


def _arrays(seen: Seen) -> list[tuple[str, Array]]:
    named = {"out": seen.output, "grad": seen.gradient, "att": seen.attention}
    return [(name, array) for name, array in named.items() if array is not None]


def _facts(found: Look) -> dict[str, dict[str, Any]]:
    """What is said of each node: sizes of its result, of the gradient there, and of its weights."""
    facts: dict[str, dict[str, Any]] = {}
    for path, seen in found.nodes.items():
        fact: dict[str, Any] = {"weight": seen.weight, "weight_gradient": seen.weight_gradient}
        if seen.output is not None and seen.output.size:
            out = seen.output.astype(np.float64)
            fact |= {
                "shape": list(out.shape), "least": float(out.min()), "most": float(out.max()),
                "mean": float(out.mean()), "zeros": float((out == 0).mean()),
            }  # fmt: skip
        if seen.gradient is not None and seen.gradient.size:
            fact["gradient"] = float(np.sqrt(np.square(seen.gradient.astype(np.float64)).mean()))
        facts[path] = {key: _finite(value) for key, value in fact.items() if value is not None}
    return facts


def _finite(value: Any) -> Any:
    """JSON knows no infinity: such a figure is told as a word."""
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def _said(value: Value) -> str:
    """One value in words: the class with its probability, the number with its unit; empty for a picture."""
    data = np.asarray(value.data)[0]
    if isinstance(value.kind, Category):
        names = value.kind.names
        if data.ndim == 0:
            return names[int(data)]
        best = int(data.argmax())
        return f"{names[best]} ({100 * float(data[best]):.0f} %)"
    if isinstance(value.kind, Scalar) and data.ndim == 0:
        return f"{float(data):.4g} {value.kind.unit}".strip()
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
