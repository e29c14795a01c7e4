"""ToyEntities: sentences made by a small grammar, with names that only their neighbours explain."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from dlviz.core.setting import setting
from dlviz.datasets.conll import Sentence
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.split import split
from dlviz.datasets.tagged_data import Tagged, tagged

Hint = Literal["near", "far"]
_NAMES = {
    "person": "Anna Omar Lena Felix Mei Carlos Ingrid Tariq Sofia Pavel".split(),
    "place": "Berlin Kyoto Lagos Toronto Lima Oslo Cairo Delhi Quito Riga".split(),
    "company": "Siemens Toyota Ikea Nestle Lego Airbus Nokia Bosch".split(),
}
#: Names that may be either.
_EITHER = {
    frozenset(("person", "place")): "Paris Jordan Sydney Florence Austin Chelsea Georgia Lincoln".split(),
    frozenset(("person", "company")): "Mercedes Ford Bentley Wendy".split(),
    frozenset(("place", "company")): "Amazon Eden Shell Patagonia".split(),
}
_SURNAMES = "Miller Tanaka Okafor Rossi Novak Haddad".split()
#: What a name is follows from the words beside it.
_NEAR = {
    "person": ["aunt {} bakes bread", "my sister knows doctor {}", "{} laughs loudly", "yesterday {} forgot the keys",
               "{} and aunt {} play chess", "the coat of mister {}"],
    "place": ["the train to {} is late", "we live in {}", "it rains near {}", "{} lies by the sea",
              "the road from {} to {} is closed", "the mayor of rainy {} resigned"],
    "company": ["{} sells machines", "shares of {} fell", "a factory owned by {}", "{} hires engineers",
                "the firm {} bought the firm {}", "{} pays dividends"],
}  # fmt: skip
#: The same, told only after some words that fit all of them.
_FAR = {
    "person": ["{} , as everybody here knows by now , sings", "{} , they said again and again , was born in may"],
    "place": ["{} , as everybody here knows by now , has a harbour", "{} , they said again and again , was flooded"],
    "company": ["{} , as everybody here knows by now , sells phones", "{} , they said again and again , was sold"],
}
_STARTS = ["", "", "today", "as we heard ,", "they say that", "i think"]
_ENDS = ["", "", "this morning", "again", "as always", "they say"]


class ToyEntities(Dataset):
    """Made-up sentences with persons, places and companies to find, for instance in “the train to Paris is late”.

    Many names may be one or another: Paris is a place after “to”, a person after “aunt”. A network that looks at each
    word alone can only guess there; one that sees the neighbours is right every time.
    """

    icon: ClassVar[str] = "sell"
    title: ClassVar[str] = "Toy names"

    hint: Hint = setting(
        "near",
        "Where the words stand that tell what a name is. near: beside it. far: in four sentences of five some seven "
        "words later, too far for a small window.",
    )
    ambiguous: float = setting(
        0.6, "The share of names that may be one thing or another. More: each word alone tells less.", ge=0, le=1
    )
    size: int = setting(1500, "How many sentences in all. More: the rules are clearer.", ge=60, le=50_000)

    def describe(self, seed: int = 0) -> Fields:
        return self._made(seed).fields()

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        # the same sentence comes up often: there are only so many
        return self._made(seed).data(suspicious=False)

    def _made(self, seed: int) -> Tagged:
        random = np.random.default_rng([seed, 0x7A65])
        made = [self._sentence(number, random) for number in range(self.size)]
        parts = split(self.size, seed=seed)
        return tagged(
            [[made[place] for place in part] for part in parts], rows=[part.tolist() for part in parts], length=24,
            most_words=1000, min_count=1, lowercase=False, shape=False,
        )  # fmt: skip

    def _sentence(self, number: int, random: np.random.Generator) -> Sentence:
        def one(among: list[str]) -> str:
            return among[int(random.integers(len(among)))]

        kind = one(list(_NAMES))
        told = _FAR if self.hint == "far" and random.random() < 0.8 else _NEAR
        words: list[str] = []
        tags: list[str] = []
        for piece in " ".join((one(_STARTS) if told is _NEAR else "", one(told[kind]), one(_ENDS))).split():
            name = self._name(kind, random) if piece == "{}" else [piece]
            words += name
            tags += [f"{'B' if place == 0 else 'I'}-{kind}" if piece == "{}" else "O" for place in range(len(name))]
        return Sentence(tuple(words), tuple(tags), number + 1)

    def _name(self, kind: str, random: np.random.Generator) -> list[str]:
        either = [name for kinds, names in _EITHER.items() if kind in kinds for name in names]
        among = either if random.random() < self.ambiguous else _NAMES[kind]
        name = [among[int(random.integers(len(among)))]]
        if kind == "person" and random.random() < 0.3:
            name.append(_SURNAMES[int(random.integers(len(_SURNAMES)))])
        elif kind == "place" and random.random() < 0.2:
            name.insert(0, "New")
        return name
