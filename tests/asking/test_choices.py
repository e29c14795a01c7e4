"""What settings may name in a run: the declarations of all parts, and what is found of networks of several kinds."""

from __future__ import annotations

import typing
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlviz.asking.choices import choices
from dlviz.core.choice import Known
from dlviz.core.part import family
from dlviz.core.problems import WrongInput
from dlviz.core.setting import Names
from dlviz.core.values import Category, Image, Kind, Scalar, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Explainer
from dlviz.explainers.rehearsal import rehearsal
from dlviz.studies.study import Inquiry, Study
from dlviz.tasks.classification import Classification
from dlviz.tasks.gan import Gan
from dlviz.tasks.regression import Regression

GREY, ROW = Image(channels=1, height=8, width=8), Vector(names=("age", "height", "weight"))
YES_NO, EUROS = Category(names=("no", "yes")), Scalar(unit="€")
#: What is typed on purpose: no run knows it.
TYPED = {("Tcav", "name")}


def found(network: nn.Module, kind: Kind, target: Kind) -> Known:
    task = Classification() if isinstance(target, Category) else Regression()
    return choices(task, {"model": network.eval()}, Fields({"x": kind}, {"y": target}, 9), {})


def values(known: Known, sort: str) -> list[Any]:
    return [choice.value for choice in known[sort]]


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 5), nn.Tanh(), nn.Linear(5, 2))


@pytest.mark.parametrize("name", ["explainers", "studies"])
def test_no_method_has_a_field_to_type_in_what_its_run_knows(name: str) -> None:
    for kind, part in family(name).items():
        for setting in part.settings():
            assert setting.names in typing.get_args(Names), f"{kind}.{setting.name} names what is not known"
            free = setting.type in ("text", "texts", "ints") and setting.widget != "path"
            assert not free or setting.names or (kind, setting.name) in TYPED, (
                f"{kind}.{setting.name} is typed by hand: say what of a run it `names`"
            )
            assert not setting.usual or setting.names


def test_a_network_of_pictures() -> None:
    known = found(small(), GREY, YES_NO)
    assert values(known, "input") == ["picture"]
    assert values(known, "class") == ["no", "yes"] and not known["number"] and not known["column"]
    assert values(known, "map") == ["0", "1"]
    assert values(known, "layer") == ["0", "1", "2", "3", "4", "5"]
    assert values(known, "inner") == ["0", "1", "2", "3", "4"]  # behind the last there are no weights
    assert values(known, "weights") == ["0", "3", "5"] and values(known, "muted") == ["0", "3"]
    assert "attention" not in known  # there is none, so nothing is asked of it
    first = known["layer"][0]
    assert (first.label, first.many) == ("0 · Conv2d · 3 × 6 × 6", 3)


def test_a_table_and_a_number() -> None:
    known = found(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), ROW, EUROS)
    assert values(known, "column") == ["age", "height", "weight"]
    assert not known["class"] and [choice.label for choice in known["number"]] == ["€"]
    assert not known["map"]


class Reader(nn.Module):
    """Embeds tokens and looks at them once."""

    def __init__(self) -> None:
        super().__init__()
        from dlviz.layers.multihead_attention import Attention

        self.embed, self.look = nn.Embedding(6, 4), Attention(4, 2, 0.0, True)
        self.output = nn.Linear(4, 2)

    def forward(self, ids: Tensor) -> Tensor:
        found: Tensor = self.output(self.look(self.embed(ids)).mean(1))
        return found


def test_attention_by_number_and_heads_that_can_be_muted() -> None:
    known = found(Reader(), Tokens(length=5, vocabulary=("", "?", "a", "b", "c", "d")), YES_NO)
    assert [(choice.value, choice.label) for choice in known["attention"]] == [(1, "1 · look")]
    assert {choice.value: choice.many for choice in known["muted"]} == {"embed": 4, "look": 2}


def test_of_networks_that_give_no_one_answer_something_is_known_too() -> None:
    known = choices(Gan(), {"generator": small(), "discriminator": small()}, Fields({"x": GREY}, {}, 9), {})
    assert "layer" not in known and not known["class"] and known["weights"]


def test_each_layer_that_is_offered_is_taken() -> None:
    """By the parts themselves: what they would refuse stands in no menu."""
    network, fields = small().eval(), Fields({"x": GREY}, {"y": YES_NO}, 9)
    known = choices(Classification(), {"model": network}, fields, {})
    for name in values(known, "map"):
        method = Explainer.parse({"kind": "GradCam", "layer": name})
        assert method is not None and method.why_not(Classification(), {"model": network}, fields) is None
    question = rehearsal(Classification(), {"model": network}, fields)
    for sort, kind in (("layer", "FeatureMaps"), ("weights", "Filters")):
        for name in values(known, sort):
            study = Study.parse({"kind": kind, "layer": name})
            assert study is not None and study.study(Inquiry(question, "test", 0), lambda done, of: None)
    wrong = Study.parse({"kind": "FeatureMaps", "layer": "conv"})
    with pytest.raises(WrongInput, match="no layer `conv`"):
        assert wrong is not None and wrong.study(Inquiry(question, "test", 0), lambda done, of: None)
