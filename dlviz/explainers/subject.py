"""Subject: what is explained, as methods take it: an input, the score of any such inputs, and what hides a part of it.

A picture, a row, a series is its own subject. A sound has two: its samples, and the spectrogram that the network's
first layer makes of it. A text has two: its token ids, which can be left out but not changed a little, and its
embedding, which can. `piecewise.py` gives the one that can be hidden piece by piece, `smooth.py` the one that has a
gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Attribution, Audio, Image, Kind, Over
from dlviz.datasets.tokenizer import UNKNOWN_ID
from dlviz.explainers.features import Features
from dlviz.explainers.hidden import Mixed, hiss, joined_by_lines, without
from dlviz.explainers.spans import Read, Unit
from dlviz.tasks.task import as_array

#: The scores (N,) of inputs (N, *shape).
Score = Callable[[Tensor], Tensor]
#: What stands in for a hidden feature.
Baseline = Literal["auto", "mean", "zero", "black", "remove", "unknown", "mask", "own", "line", "quiet"]
HIDDEN = (
    "What stands in for what is hidden. `mean`: the mean of the training part, position by position. `zero`: 0 as the "
    "network sees it, after scaling; in a picture about its mean grey, in a sound silence. `black`: for pictures; in a "
    "spectrogram its quietest place. "
    "`remove`: a text's tokens are left out, the rest moves up. `unknown`: a token becomes the unknown one, which "
    "means little unless the network was trained with some. `mask`: it becomes the mask of a network that learned to "
    "fill gaps. `own`: the mean of a series over the steps seen; that of "
    "the training part may lie far off. `line`: a straight line between what is left of a series. `quiet`: hiss as "
    "soft as the softest tenth of a sound; dead silence is loud news to a network that never heard it. `auto`: the "
    "mean; of series `own`, of sounds `quiet` or `black`; of texts, left out; where "
    "what is explained lies at a place, unknown, or masked where masks were learned."
)
_USUAL: dict[Over, Baseline] = {"series": "own", "sound": "quiet", "spectrogram": "black", "text": "remove"}


@dataclass(frozen=True)
class Subject:
    """`x` (1, *shape) is the input, `seen` gives training inputs (N, *shape) of the same form."""

    over: Over
    kind: Kind
    x: Tensor
    score: Score
    seen: Callable[[], Tensor]
    pieces: Features
    black: Callable[[], Tensor] | None = None
    under: Array | None = None
    #: What gives a hidden token's embedding, by name; only of an embedded text.
    stand_ins: dict[str, Callable[[], Tensor]] = field(default_factory=dict)
    #: Of a text: how it was taken apart, what gets a number of its own.
    read: Read | None = None
    unit: Unit = "token"
    #: Whether what is hidden keeps its place unless one wishes otherwise, and whether it must.
    in_place: bool = False
    fixed: bool = False
    #: The token that the network knows for one that is not told, if it knows one.
    blank: int | None = None

    @property
    def named(self) -> bool:
        """Whether an explanation gives a number for each named feature, not for each position."""
        return bool(self.pieces.names)

    def attribution(self) -> Attribution:
        spaced = self.read is None or self.unit != "token" or self.read.spaced
        return Attribution(names=self.pieces.names, over=self.over, unit=self.unit, spaced=spaced)

    def in_units(self, unit: Unit) -> Subject:
        """A text's words, clauses or sentences in place of its tokens; any other subject as it is."""
        if self.read is None or unit == "token":
            return self
        spans, names = self.read.spans(unit)
        return replace(self, pieces=self.pieces.joined(torch.tensor(spans), names), unit=unit)

    def shown(self, values: Tensor) -> Array:
        """Numbers a position (*shape) as an explanation gives them."""
        return as_array(self.pieces.summed(values)) if self.named else as_array(values)

    def features(self, side: int = 1) -> Features:
        """What can be hidden piece by piece: columns, tokens, cells of `side` pixels, windows of `side` steps."""
        if self.over in ("picture", "spectrogram"):
            assert isinstance(self.kind, Image)
            return Features.cells(self.kind, side)
        if self.over in ("series", "sound"):
            return Features.windows(tuple(self.x.shape[1:]), side)
        return self.pieces

    def of_features(self, values: Array, features: Features) -> Tensor:
        """An explanation's numbers, as `shown` gave them, one a feature (float64)."""
        found = torch.from_numpy(np.asarray(values, dtype=np.float64))
        return found if self.named else features.summed(found)

    def baseline(self, how: Baseline) -> Tensor:
        """What stands in for a hidden input as a whole, (1, *shape). Raises `WrongInput` where it cannot be had."""
        if how == "auto":
            how = _USUAL.get(self.over, "mean")
        if self.stand_ins:
            if how == "remove":
                how = "mask" if "mask" in self.stand_ins else "zero"
            if how not in self.stand_ins:
                *known, last = (f"`{one}`" for one in self.stand_ins)
                raise WrongInput(f"The baseline `{how}` is not for this. Choose {', '.join(known)} or {last}.")
            chosen = self.stand_ins[how]()
            return torch.where((self.pieces.of >= 0)[None], chosen.expand_as(self.x), self.x)
        if how == "black":
            if self.black is None:
                raise WrongInput(
                    "The baseline `black` is for pictures; these are none. Choose `mean` or `zero`, or leave it `auto`."
                )
            return self.black()
        if how in ("remove", "unknown", "mask"):
            raise WrongInput(f"The baseline `{how}` is for texts; this is none. Choose `mean` or `zero`.")
        if how in ("line", "own"):
            if self.over != "series":
                raise WrongInput(f"The baseline `{how}` is for series; this is none. Choose `mean` or `zero`.")
            return self.x.mean(-1, keepdim=True).expand_as(self.x)
        if how == "quiet":
            if not isinstance(self.kind, Audio) or self.over != "sound":
                raise WrongInput("The baseline `quiet` is for sounds; this is none. Choose `mean` or `zero`.")
            return hiss(self.x, self.kind.rate)
        return torch.zeros_like(self.x) if how == "zero" else _mean(self.seen()).to(self.x)

    def background(self, most: int, seed: int) -> Tensor:
        """Up to `most` training inputs, drawn by `seed`: (B, *shape)."""
        seen = self.seen()
        if len(seen) <= most:
            return seen
        return seen[torch.randperm(len(seen), generator=torch.Generator().manual_seed(seed))[:most]]

    def hiding(self, features: Features, how: Baseline | Tensor = "auto") -> Mixed:
        """What puts something in place of unknown features: a baseline, or each of a background (B, *shape)."""
        if self.over == "text" and not self.x.is_floating_point():
            if isinstance(how, Tensor) or how not in ("auto", "remove", "unknown", "mask"):
                raise WrongInput("A text's tokens are hidden by `remove` or `unknown`. Choose one of them, or `auto`.")
            if how == "mask" and self.blank is None:
                raise WrongInput("The baseline `mask` is for networks that learned to fill gaps. Leave it `auto`.")
            if self.fixed and how == "remove":
                raise WrongInput(
                    "What is explained lies at a place of the text, and a token that is left out moves all behind it. "
                    "Choose the baseline `unknown`, or leave it `auto`."
                )
            if self.blank is not None and how in ("auto", "mask"):
                return without(self.x, features, self.blank)
            unknown = how == "unknown" or (how == "auto" and self.in_place)
            return without(self.x, features, UNKNOWN_ID if unknown else None)
        if self.over == "series" and not isinstance(how, Tensor) and how == "line":
            return joined_by_lines(self.x, features)
        stand_in = how if isinstance(how, Tensor) else self.baseline(how)
        of, x, none = features.of.clamp(min=0), self.x, features.of < 0
        some = bool(none.any())

        def mixed(known: Tensor) -> Tensor:
            kept = known[:, of]  # (M, *shape)
            return torch.where((kept | none if some else kept)[:, None], x, stand_in)

        return mixed


#: Means of training parts, which are asked for again with every question.
_means = WeakTensorKeyDictionary()


def _mean(seen: Tensor) -> Tensor:
    """The mean of inputs (N, *shape), position by position: (1, *shape), float64."""
    version, mean = _means.get(seen, (-1, seen))
    if version != seen._version:
        # in stretches: as float64 all at once would take twice the memory of the data
        mean = torch.stack([part.double().sum(0) for part in seen.split(4096)]).sum(0, keepdim=True) / len(seen)
        _means[seen] = seen._version, mean
    found: Tensor = mean
    return found
