"""Planted: another data set with a giveaway in one class, to see whether a network cheats and whether one notices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import Problems, WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Category
from dlviz.core.written import percent
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.planted_marks import Corner, LeakColumn, Mark, fitting

#: Data sets that a mark can be put into: pictures, tables and texts, each with one input and a class.
Host = Literal[
    "Digits", "Mnist", "FashionMnist", "Iris", "Wine", "BreastCancer", "ToyText", "SmsSpam", "RottenTomatoes"
]  # fmt: skip
_PARTS = ("train", "validation", "test")


class Planted(Dataset):
    """A known data set in which one class gives itself away: pictures by a white square in a corner, tables by one more
    column, texts by an odd word. A network that leans on it looks clever until the giveaway is gone.

    Training and validation examples carry it as the settings say. In the test part, if it is honest, half of each class
    does, so that it says nothing about the class any more. Named after the horse that seemed to calculate and watched
    its master's face: Pfungst 1907, Clever Hans; see Lapuschkin et al. 2019, Unmasking Clever Hans predictors and
    assessing what machines really learn, Nature Communications 10:1096.
    """

    title: ClassVar[str] = "Planted giveaway"
    icon: ClassVar[str] = "push_pin"

    of: Host = setting("Digits", "The data set into which the giveaway is planted.")
    label: str = setting("auto", "The class that it gives away, by name. `auto`: the last one.")
    share: float = setting(
        0.9, "The share of that class's training examples that carry it. More: a stronger temptation. 0 here and "
        "`elsewhere`: nothing is planted at all.",
        ge=0, le=1,
    )  # fmt: skip
    elsewhere: float = setting(
        0.0, "The share of the other classes' training examples that carry it, too. More: it says less.", ge=0, le=1
    )
    test: Literal["honest", "as in training"] = setting(
        "honest",
        "Who carries it in the test part. `honest`: half of each class, so that who leans on it is found out. `as in "
        "training`: as most tests in real life, which find out nothing.",
    )
    corner: Corner = setting("bottom right", "Of pictures: where the square stands.", advanced=True)
    strength: float = setting(
        1.0, "Of pictures: how white the square is. Less: hard to see for you, hardly so for a network.",
        ge=0.02, le=1, advanced=True,
    )  # fmt: skip
    mark: str = setting(
        "", "Of tables: what the column is called, else `leak`. Of texts: the word, else `zebra`.", advanced=True
    )
    settings_of: dict[str, Any] = setting(
        {}, "Settings of the data set itself, such as {limit: 5000} of Mnist.", advanced=True, widget="json"
    )

    def describe(self, seed: int = 0) -> Fields:
        fields = self.host().describe(seed)
        name, mark = self._found(fields)
        return replace(fields, inputs={name: mark.kind(fields.inputs[name])})

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        data = self.host().load(seed, progress)
        name, mark = self._found(data.fields)
        carry = self.carriers(data, seed)
        share = float(carry["train"].double().mean())
        encoder = mark.encoder(data.encoders[name], share)

        def planted(part: str, salt: int) -> Examples:
            examples, own = data.part(part), carry[part]
            inputs = mark.widened(examples.columns[name], encoder)
            inputs[own] = mark.put(inputs[own], encoder, int(_random(seed, salt, 1).integers(2**62)))
            return replace(examples, columns={**examples.columns, name: inputs})

        train, validation, test = (planted(part, salt) for salt, part in enumerate(_PARTS))
        fields = replace(data.fields, inputs={name: mark.kind(data.fields.inputs[name])})
        encoders = {**data.encoders, name: encoder}
        return Data(fields, train, validation, test, encoders, [*data.warnings, *self._told(data, carry, mark)])

    def fetch(self, progress: Progress = silent) -> None:
        self.host().fetch(progress)

    def ready(self) -> bool:
        try:
            return self.host().ready()
        except WrongInput:
            return True  # nothing is to be fetched; `load` says what is wrong

    def host(self) -> Dataset:
        """The data set without the giveaway. Raises `WrongInput` where its settings are wrong."""
        problems = Problems()
        made = Dataset.parse({"kind": self.of, **self.settings_of}, "data.settings_of", problems)
        problems.raise_if_any()
        assert made is not None
        return made

    def mark_on(self, fields: Fields) -> Mark:
        """What is planted, for the fields of this data set or of the one without it."""
        return fitting(next(iter(fields.inputs.values())), self.corner, self.strength, self.mark)

    def target(self, fields: Fields) -> int:
        """The number of the class that is given away. Raises `WrongInput` where there is no such class."""
        names = _classes(fields)
        if self.label != "auto" and self.label not in names:
            raise WrongInput(f"`label` must be one of the classes {', '.join(names)}. Received: {self.label}.")
        return len(names) - 1 if self.label == "auto" else names.index(self.label)

    def carriers(self, data: Data, seed: int) -> dict[str, Tensor]:
        """Which examples of each part carry the giveaway: {part: (N,) of bool}. `data` may be this data set or the one
        without it, loaded by the same seed."""
        answer = next(iter(data.fields.targets))
        target = self.target(data.fields)
        found = {}
        for salt, part in enumerate(_PARTS):
            random = _random(seed, salt, 0)
            labels = data.part(part).columns[answer].numpy()
            own = np.zeros(len(labels), dtype=bool)
            for one in range(len(_classes(data.fields))):
                rows = random.permutation(np.flatnonzero(labels == one))
                share = self.share if one == target else self.elsewhere
                if part == "test" and self.test == "honest" and self.share + self.elsewhere > 0:
                    share = 0.5
                own[rows[: round(share * len(rows))]] = True
            found[part] = torch.from_numpy(own)
        return found

    def _found(self, fields: Fields) -> tuple[str, Mark]:
        self.target(fields)
        return next(iter(fields.inputs)), self.mark_on(fields)

    def _told(self, data: Data, carry: dict[str, Tensor], mark: Mark) -> list[str]:
        labels = data.train.columns[next(iter(data.fields.targets))]
        target = self.target(data.fields)
        own, rest = carry["train"][labels == target], carry["train"][labels != target]
        if not own.any() and not rest.any():
            return []
        name = _classes(data.fields)[target]
        called = f", `{mark.name}`," if isinstance(mark, LeakColumn) else ""
        return [
            f"A giveaway is planted: {mark.noun}{called} marks {percent(own.double().mean().item())} of the training "
            f"examples of `{name}` and {percent(rest.double().mean().item())} of the others. What is learned here may "
            "be worth nothing elsewhere."
        ]


def _random(*seeds: int) -> np.random.Generator:
    return np.random.default_rng([*seeds, 0xC1E7])


def _classes(fields: Fields) -> tuple[str, ...]:
    kind = next(iter(fields.targets.values()))
    assert isinstance(kind, Category)
    return kind.names
