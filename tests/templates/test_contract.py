"""What every template keeps to: sound networks wherever it says that it fits, a reason wherever it does not."""

from __future__ import annotations

import json
import math

import pytest
import torch

from dlviz.core.part import family
from dlviz.core.problems import Problems
from dlviz.datasets.data import Fields
from dlviz.datasets.dataset import Dataset
from dlviz.network.graph import Graph
from dlviz.network.shapes import infer
from dlviz.tasks.gan import Gan
from dlviz.tasks.reconstruction import Reconstruction
from dlviz.tasks.task import Task
from dlviz.templates.offers import for_
from dlviz.templates.template import Template
from dlviz.training.loop import Loop, Watcher
from dlviz.training.recipe import Optimization, Training
from dlviz.training.restore import make_networks
from dlviz.training.spec import Spec, fitting_task
from tests.templates.cases import FIELDS, made_up

TEMPLATES = family("templates")
#: Every task as it comes, and the variants of reconstruction, which train other networks.
TASKS = [
    *(kind() for kind in family("tasks").values()),
    *(Reconstruction.model_validate({"variant": variant}) for variant in ("denoising", "variational")),
    Gan(noise_size=100),
]
every_template = pytest.mark.parametrize("kind", TEMPLATES.values(), ids=lambda part: part.__name__)


def of_example(template: Template) -> tuple[Task, Fields]:
    document = template.example()
    data = Dataset.parse(document["data"])
    assert data is not None
    fields = data.describe()
    task = Task.parse(document["task"]) if "task" in document else fitting_task(fields)
    assert task is not None
    return task, fields


@every_template
def test_it_tells_what_it_is_and_where_it_comes_from(kind: type[Template]) -> None:
    assert Template.parse(kind().document()) == kind()
    assert len(kind.about()) > 60 and kind.about().endswith(".")
    assert kind.title and kind.paper.endswith(f"({kind.year})")


@every_template
@pytest.mark.parametrize("task", TASKS, ids=lambda task: "-".join(map(str, task.document(brief=True).values())))
def test_it_is_sound_where_it_fits_and_gives_a_reason_where_not(kind: type[Template], task: Task) -> None:
    for name, fields in FIELDS.items():
        sound_or_refused(kind(), task, fields, name)


def sound_or_refused(template: Template, task: Task, fields: Fields, name: str) -> None:
    why = template.why_not(task, fields)
    if why is not None:
        assert len(why) > 20 and why.endswith("."), (name, why)
        return
    graphs, roles = template.networks(task, fields), task.roles(fields)
    assert set(graphs) == set(roles), name
    for role, known in roles.items():
        report = infer(graphs[role], known.inputs, known.output)
        assert not report.problems, (name, role, [problem.message for problem in report.problems])
        problems = Problems()
        document = json.loads(json.dumps(graphs[role].document(brief=True)))
        assert Graph.parse(document, role, problems) == graphs[role], (name, role)
        assert not len(problems)
    recipe = template.recipe(task, fields)
    assert set(recipe) <= {"optimization", "training"}
    problems = Problems()
    Optimization.parse(recipe.get("optimization", {}), "optimization", problems)
    Training.from_settings(recipe.get("training", {}), "training", problems)
    assert not len(problems)


class Enough(Exception):
    """Two steps are done."""


class TwoSteps(Watcher):
    next_look = 0.0

    def __init__(self) -> None:
        self.losses: list[dict[str, float]] = []

    def look(self, loop: Loop) -> None:
        windows, bad = loop.meter.collect()
        assert bad is None
        self.losses += [window.losses for window in windows]
        if loop.step >= 2:
            raise Enough


@every_template
def test_it_learns_on_its_example(kind: type[Template]) -> None:
    template = kind()
    task, fields = of_example(template)
    assert template.why_not(task, fields) is None
    graphs, recipe = template.networks(task, fields), template.recipe(task, fields) or task.recipe(fields)
    document = {"version": 1, **template.example(), "task": task.document(), **recipe}
    document["networks"] = {role: graph.document(brief=True) for role, graph in graphs.items()}
    document["training"] = {**recipe.get("training", {}), "epochs": 3, "batch_size": 16, "device": "cpu"}
    spec = Spec.parse(json.loads(json.dumps(document))).completed(fields)
    assert Spec.parse(json.loads(json.dumps(spec.document()))) == spec
    data = made_up(fields)
    torch.manual_seed(0)
    networks = make_networks(spec, fields)
    assert spec.task is not None
    spec.task.prepare(networks, fields, data.train)
    before = {role: [weight.clone() for weight in network.parameters()] for role, network in networks.items()}
    watcher = TwoSteps()
    loop = Loop(spec, data, networks, torch.device("cpu"), watcher)
    with pytest.raises(Enough):
        loop.train()
    first, second = watcher.losses
    assert set(first) == set(second) and set(first) - {"loss"} <= {f"loss.{role}" for role in networks} | set(networks)
    assert all(math.isfinite(value) for value in [*first.values(), *second.values()])
    assert all(first[role] != second[role] for role in first)
    for role, network in networks.items():
        changed = [not torch.equal(old, new) for old, new in zip(before[role], network.parameters(), strict=True)]
        assert all(changed), role  # no weight is left out of the way to the loss


def test_templates_that_fit_come_first_and_in_the_order_of_history() -> None:
    fields = FIELDS["digit-classes"]
    task = fitting_task(fields)
    offers = for_(task, fields)
    assert len(offers) == len(TEMPLATES)
    ranks = [0 if offer.why_not is None else 1 if offer.task else 2 for offer in offers]
    assert ranks == sorted(ranks) and set(ranks) >= {0, 1}
    for wanted in set(ranks):
        years = [offer.template.year for offer, rank in zip(offers, ranks, strict=True) if rank == wanted]
        assert years == sorted(years)


def test_an_offer_with_another_task_fits_with_it() -> None:
    for fields in FIELDS.values():
        if not fields.inputs or not fields.targets:
            continue
        for offer in for_(fitting_task(fields), fields):
            assert (offer.why_not is None) == (offer.template.why_not(fitting_task(fields), fields) is None)
            if offer.task is not None:
                other = Task.parse(offer.task)
                assert other is not None and offer.why_not and offer.template.why_not(other, fields) is None
