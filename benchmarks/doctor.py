"""How well the doctor tells ill runs from healthy ones, over several seeds.

    python benchmarks/doctor.py [--seeds 1,2,3] [--templates]

Trains every patient of `tests/doctor/patients.py` for real, and prints for each illness how often it was found where it
is (sensitivity) and, over all healthy specs, how often anything was said where nothing is (false alarms by severity).
The borders of the illnesses were chosen on seeds 11 and 12: other seeds tell how good they are.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dlviz.templates.template import Template
from dlviz.training.spec import Spec
from tests.doctor.patients import HEALTHY, ILL, adam, examined, leaky_table, mlp, spec, trained


def main() -> None:
    """Train, examine, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--templates", action="store_true", help="the healthy set with starters and templates, too")
    asked = parser.parse_args()
    seeds = [int(seed) for seed in asked.seeds.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        sensitivity(Path(folder), seeds)
        false_alarms(Path(folder), seeds, dict(HEALTHY) | (dict(_drawn()) if asked.templates else {}))


def sensitivity(folder: Path, seeds: list[int]) -> None:
    """How often each illness is found where it is, at least as bad as it is."""
    cases = {**ILL, "a column tells": ("LeakSuspicion", "severe", _leaky(folder), None)}
    hits: Counter[str] = Counter()
    tries: Counter[str] = Counter()
    for number, (name, (kind, at_least, document, change)) in enumerate(cases.items()):
        for seed in seeds:
            _, report = examined(trained(folder / f"ill-{number}-{seed}", document, seed, change))
            found = {each.kind: each.severity for each in report.diagnoses}
            tries[kind] += 1
            hits[kind] += kind in found
            others = ", ".join(f"{other} ({how})" for other, how in found.items() if other != kind)
            if kind not in found:
                print(f"missed: {name}, seed {seed}: {kind} ({at_least}); said: {others or 'nothing'}")
    print(f"\n{'illness':24} found")
    for kind in sorted(tries):
        print(f"{kind:24} {hits[kind]} of {tries[kind]}")
    print(f"{'all':24} {hits.total()} of {tries.total()} ({hits.total() / tries.total():.1%})")


def false_alarms(folder: Path, seeds: list[int], healthy: dict[str, dict[str, Any]]) -> None:
    """How often something is said of healthy runs."""
    said: Counter[str] = Counter()
    runs = checks = 0
    for number, (name, document) in enumerate(healthy.items()):
        for seed in seeds:
            run = trained(folder / f"healthy-{number}-{seed}", document, seed)
            if run.status() != "finished":
                print(f"not trained: {name}: {run.state().get('error')}")
                continue
            _, report = examined(run)
            runs += 1
            checks += len(report.passed) + len(report.diagnoses)
            for each in report.diagnoses:
                said[each.severity] += 1
                print(f"said: {name}, seed {seed}: {each.kind} ({each.severity}): {each.sentence}")
    print(f"\n{len(healthy)} healthy specs, {runs} runs, {checks} checks made")
    for severity in ("severe", "warning", "hint"):
        print(f"{severity:8} {said[severity]} ({said[severity] / runs:.1%} of runs)")


def _leaky(folder: Path) -> dict[str, Any]:
    return spec(leaky_table(folder), mlp(16), adam(0.01), epochs=15, batch_size=16)


def _drawn() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every template on its own example and every starter of some data, with the recipe that the product gives them,
    as far as they train within seconds: few epochs of small data."""
    for kind, template in Template.kinds().items():
        example = template().example()
        if example["data"].get("kind") in ("Digits", "Iris", "Wine", "BreastCancer", "Toy2d", "ToyText"):
            yield f"template {kind}", _short(template(), example)
    for data in ({"kind": "Digits"}, {"kind": "Toy2d", "pattern": "moons"}, {"kind": "Wine"}):
        whole = Spec.parse({"version": 1, "data": data})
        fields = whole.data.describe()
        task = whole.completed(fields).task
        assert task is not None
        for title, networks in task.starters(fields).items():
            graphs = {role: graph.document() for role, graph in networks.items()}
            yield f"starter {title} on {data['kind']}", _few({"version": 1, "data": data, "networks": graphs})


def _short(template: Template, example: dict[str, Any]) -> dict[str, Any]:
    whole = Spec.parse({"version": 1, **example})
    fields = whole.data.describe()
    task = whole.completed(fields).task
    assert task is not None
    networks = {role: graph.document() for role, graph in template.networks(task, fields).items()}
    return _few({"version": 1, **example, "networks": networks, **template.recipe(task, fields)})


def _few(document: dict[str, Any]) -> dict[str, Any]:
    """The same with at most 8 epochs: half a minute for the largest."""
    whole = Spec.parse(document).completed().document()
    whole["training"]["epochs"] = min(8, whole["training"]["epochs"])
    return whole


if __name__ == "__main__":
    main()
