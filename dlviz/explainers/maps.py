"""Maps: what the methods that weigh a layer's maps have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.setting import setting
from dlviz.core.values import Audio, Image, Series, Tokens
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step, offer
from dlviz.explainers.places import Maps, enlarged, last_maps, look, places_of, shared_out
from dlviz.explainers.rehearsal import rehearsal
from dlviz.explainers.scored import why_not
from dlviz.explainers.smooth import smooth, why_not_smooth
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import Subject
from dlviz.tasks.task import Networks, Task

NOWHERE = "Nowhere do these maps speak for the target on balance, so nothing is shown."

#: Of maps with fewer places than 3 × 3 little is borne out: 5 of 24 answers of Grad-CAM at 2 × 2, 31 of 36 at 8 × 8 and
#: 15 or more steps (networks with a global mean behind the last convolution; digits, words, sounds).
_FINE = 9

#: The layers chosen in a network, by the setting and by what is explained.
_chosen: WeakKeyDictionary[nn.Module, dict[tuple[str, str], tuple[str, ...]]] = WeakKeyDictionary()

#: Takes what gives the sums of maps so far.
Show = Callable[[Callable[[], list[Tensor]]], None]


class MapMethod(Explainer, abstract=True):
    """Weighs the maps of one layer, adds them up, keeps what is positive and enlarges it to the input."""

    needs: ClassVar[Needs] = "gradients"

    layer: str = setting(
        "auto",
        "Whose maps are used: the name of a layer that knows places (height and width, or steps). `auto`: the last "
        "convolution with its activation, of each branch where there are several. Earlier layers give finer maps of "
        "simpler patterns.",
        min_length=1,
        names="map",
        usual="last convolution",
    )
    unit: Unit = setting("token", UNITS, only=("text",))

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        why = why_not(task, networks, fields, (Image, Tokens, Series, Audio)) or why_not_smooth(networks, fields)
        if why:
            return why
        question = rehearsal(task, networks, fields)
        with steady(networks):
            about = smooth(question)
            (network,) = networks.values()
            _, maps = look(network, about.score, about.x, about.over)
        return self._unsuited(question, maps)

    def weak(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        question = rehearsal(task, networks, fields)
        with steady(networks):
            score, maps = self._maps(question, smooth(question))
            return self.blurred(score, list(maps.values()))

    def blurred(self, score: Tensor, maps: list[Tensor]) -> str | None:
        """Why little is to be seen in what these maps give, in a sentence. `score` has a gradient with respect to each
        of them."""
        places = max(given[0, 0].numel() for given in maps)
        if places >= _FINE:
            return None
        sides = "×".join(str(side) for side in maps[0].shape[2:])
        return (
            f"The maps of its last convolution have {sides} places only, too few to say where. Choose an earlier layer "
            "in its settings, or another method."
        )

    def explain(self, question: Question, step: Step) -> Explanation:
        step(0, 1)
        with steady(question.networks):
            about = smooth(question).in_units(self.unit)
            score, maps = self._maps(question, about)
            here = float(score.detach())

            def told(sums: list[Tensor]) -> Explanation:
                plane = _joined(sums, places_of(about))
                note = f"{self.reading} {_named(maps)}{'' if plane.any() else ' ' + NOWHERE}"
                values = about.shown(shared_out(plane, about))
                return Explanation(values, about.attribution(), here, note, under=about.under)

            def show(made: Callable[[], list[Tensor]]) -> None:
                offer(step, lambda: told(made()))

            with torch.no_grad():  # how the maps are weighed has no gradient that anyone asks for
                sums = self.weighed(question, about, score, list(maps.values()), step, show)
        step(1, 1)
        return told(sums)

    def weighed(
        self, question: Question, about: Subject, score: Tensor, maps: list[Tensor], step: Step, show: Show
    ) -> list[Tensor]:
        """For each layer's maps (1, channels, *places) their weighted sum (1, 1, *places), in one unit for all layers.
        `score` (1,) has a gradient with respect to each of them. `show` takes what gives the sums so far."""
        raise NotImplementedError

    def _maps(self, question: Question, about: Subject) -> tuple[Tensor, Maps]:
        """The score, and the maps of the chosen layers. Which they are is remembered: it follows from the network."""
        (network,) = question.networks.values()
        known = _chosen.setdefault(network, {})
        names = known.get((self.layer, about.over))
        if names is not None:
            score, maps = look(network, about.score, about.x, about.over, names)
            if len(maps) == len(names):
                return score, maps
        score, maps = look(network, about.score, about.x, about.over)
        why = self._unsuited(question, maps)
        if why:
            raise WrongInput(why)
        names = last_maps(network, maps) if self.layer == "auto" else (self.layer,)
        known[self.layer, about.over] = names
        return score, {name: maps[name] for name in names}

    def _unsuited(self, question: Question, maps: Maps) -> str | None:
        (network,) = question.networks.values()
        if not maps:
            return (
                "No layer of this network says where in the input it saw something: it takes one with places, such as "
                "a convolution."
            )
        if self.layer == "auto" or self.layer in maps:
            return None
        if self.layer in dict(network.named_modules()):
            return f"`{self.layer}` gives no maps with more than one place, or is used more than once. Try `auto`."
        return f"`{self.layer}` is no layer with places. {nearest(self.layer, maps)}".strip()


def _joined(sums: list[Tensor], places: tuple[int, ...]) -> Tensor:
    """What the sums (1, 1, *their places) show together, as large as the input (*places); nothing below 0."""
    if len({tuple(plane.shape) for plane in sums}) > 1:  # branches of several sizes meet at the input's
        sums = [enlarged(plane, places) for plane in sums]
    return enlarged(sum(sums[1:], sums[0]).clamp(min=0), places)[0, 0]


def _named(maps: Maps) -> str:
    """Which layers' maps one sees, and how fine they are."""
    sizes = ["×".join(str(side) for side in given.shape[2:]) for given in maps.values()]
    if len(maps) == 1:
        return f"Layer `{next(iter(maps))}`, {sizes[0]} places."
    layers = ", ".join(f"`{name}`" for name in maps)
    return f"Layers {layers}, side by side, {' and '.join(dict.fromkeys(sizes))} places."
