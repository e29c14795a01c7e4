"""Subject: what is explained, as methods take it: an input, the score of any such inputs, and what hides a part of it.

A picture, a row, a series is its own subject. A sound has two: its samples, and the spectrogram that the network's
first layer makes of it. A text has two: its token ids, which can be left out but not changed a little, and its
embedding, which can. `subject` gives the one that can be hidden piece by piece, `smooth` the one that has a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.weak import WeakTensorKeyDictionary

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Attribution, Audio, Image, Kind, Over, Series, Tokens, Vector
from dlviz.datasets.data import Batch, Encoder, Fields
from dlviz.datasets.tokenizer import UNKNOWN_ID, visible
from dlviz.explainers.explainer import Question
from dlviz.explainers.features import Features
from dlviz.explainers.hidden import Mixed, hiss, joined_by_lines, without
from dlviz.explainers.spans import GAP, SPACE, Read, Unit, tokenizing
from dlviz.layers.log_mel import MelSpectrogram
from dlviz.tasks.forecast_ends import WindowScale
from dlviz.tasks.task import Networks, Task, as_array

Layer = TypeVar("Layer", bound=nn.Module)
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
#: What of a sound is hidden.
Sounds = Literal["moments", "spectrogram"]
SOUNDS = (
    "Of sounds: what is hidden. `moments`: all that is heard for a while. `spectrogram`: some of the pitches for a "
    "while, in the picture that the network's first layer makes of the sound."
)
_WORDS = {"Image": "pictures", "Vector": "a table", "Tokens": "texts", "Audio": "sounds", "Series": "series"}
_OVER: dict[type[Kind], Over] = {Image: "picture", Vector: "columns", Tokens: "text", Series: "series", Audio: "sound"}
_USUAL: dict[Over, Baseline] = {"series": "own", "sound": "quiet", "spectrogram": "black", "text": "remove"}
#: So many training examples go through a network's first layer to say what a spectrogram usually looks like.
_SPECTROGRAMS = 64


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


def why_not(task: Task, networks: Networks, fields: Fields, kinds: tuple[type[Kind], ...]) -> str | None:
    """Why a method for inputs of these kinds cannot explain this, in a sentence."""
    if not task.targets(fields):
        return f"{task.kind()} gives no number or class that could be explained."
    if len(networks) != 1:
        return f"It explains one network; {task.kind()} trains {len(networks)}."
    name = task.explains(fields)
    if name is None:
        return f"It explains a single input; this data has {len(fields.inputs)}."
    if not isinstance(fields.inputs[name], kinds):
        needed = " or ".join(_WORDS.get(kind.kind(), kind.kind().lower()) for kind in kinds)
        kind = fields.inputs[name].kind()
        return f"It needs {needed}: this data is {_WORDS.get(kind, kind.lower())}."
    return None


def why_not_others(task: Task, networks: Networks, fields: Fields, kinds: tuple[type[Kind], ...]) -> str | None:
    """Why what is asked of one example cannot be asked of others, in a sentence; or `why_not`."""
    if task.of_one:
        return f"It asks the same of many examples; {task.kind()} asks each about a place of its own."
    if len(fields.inputs) > 1:
        return f"It asks about many examples by one input; here {len(fields.inputs)} inputs belong together."
    return why_not(task, networks, fields, kinds)


def field_of(question: Question) -> tuple[str, Kind]:
    """The name and the kind of the input that is explained."""
    name = question.task.explains(question.data.fields)
    assert name is not None, "why_not comes before explain"
    return name, question.data.fields.inputs[name]


def batch_of(question: Question, inputs: Tensor) -> Batch:
    """Inputs (N, *shape) in place of the one that is explained, with all else that goes in as the question has it."""
    name, _ = field_of(question)
    others = {other: question.inputs[other] for other in question.data.fields.inputs if other != name}
    return {name: inputs, **{other: x.expand(len(inputs), *x.shape[1:]) for other, x in others.items()}}


def scorer(question: Question) -> Score:
    """The explained number as a function of the input alone, (N, *shape) → (N,); all else that goes in stays."""
    task, networks, fields = question.task, question.networks, question.data.fields

    def score(inputs: Tensor) -> Tensor:
        batch = batch_of(question, inputs)
        if question.against is None:
            return task.score(networks, batch, question.target, fields)
        return task.margin(networks, batch, question.target, question.against, fields)

    return score


def kept_as_it_is(question: Question) -> str:
    """What a note must add where more goes into a network than is explained; else nothing."""
    name, _ = field_of(question)
    others = ", ".join(f"`{other}`" for other in question.data.fields.inputs if other != name)
    if not others:
        return ""
    return f" This is about `{name}` alone; {question.task.beside or 'all else'} ({others}) stayed as it is."


def _given(question: Question) -> Tensor:
    """The explained input as the network is shown it, (1, *shape)."""
    name, _ = field_of(question)
    return question.task.posed(question.inputs, question.target, question.data.fields)[name]


def as_asked(question: Question, unit: Unit = "token", sounds: Sounds = "moments") -> Subject:
    """The input that can be hidden piece by piece, as a method's settings want it."""
    _, kind = field_of(question)
    over: Literal["spectrogram", ""] = "spectrogram" if isinstance(kind, Audio) and sounds == "spectrogram" else ""
    return subject(question, over).in_units(unit)


def caveat(question: Question, about: Subject, how: Baseline) -> str:
    """What a note must add where hidden tokens become unknown ones and the network never met any; else nothing."""
    unknown = how == "auto" and about.in_place and about.blank is None and not about.stand_ins
    if about.over != "text" or not (how == "unknown" or unknown):
        return ""
    name, _ = field_of(question)
    if bool((question.data.train.columns[name] == UNKNOWN_ID).any()):
        return ""
    return (
        " Here hidden tokens become unknown ones, of which the training part has none: unless training hid some "
        "(WordDropout), the network never learned what that means, and this explanation means little."
    )


def subject(question: Question, over: Over | Literal[""] = "") -> Subject:
    """The input itself; with `over` "spectrogram" the picture that the network's first layer makes of a sound."""
    if over == "spectrogram":
        return _spectrogram(question)
    name, kind = field_of(question)
    x, data = _given(question), question.data
    encoder = data.encoders.get(name)
    black: Callable[[], Tensor] | None = None
    read: Read | None = None
    if isinstance(kind, Image):
        pieces = Features.cells(kind)
        black = partial(_black, kind, encoder, x)
    elif isinstance(kind, Vector):
        pieces = Features.columns(kind, encoder.groups() if encoder else {})
    elif isinstance(kind, Tokens):
        pieces = _tokens(x[0], kind, question.task.blank(data.fields))
        read = _read(question)
    else:
        pieces = Features.windows(tuple(x.shape[1:]), 1)
    task = question.task
    return Subject(
        _OVER[type(kind)], kind, x, scorer(question), lambda: data.train.columns[name], pieces, black, read=read,
        in_place=task.by_place or task.of_one, fixed=task.by_place, blank=task.blank(data.fields),
    )  # fmt: skip


def _black(kind: Image, encoder: Encoder | None, x: Tensor) -> Tensor:
    if encoder is None:
        return torch.zeros_like(x)
    return encoder.encode(np.zeros((1, *kind.shape()), dtype=np.uint8)).to(x)


def smooth(question: Question) -> Subject:
    """What has a gradient: the input itself, a sound's spectrogram where the network makes one, a text's embedding, a
    series in the standard units in which the network sees it. Raises `WrongInput` where a text is not embedded once."""
    _, kind = field_of(question)
    if isinstance(kind, Audio) and front(question.networks) is not None:
        return _spectrogram(question)
    if isinstance(kind, Series) and _scale(question) is not None:
        return _standardised(question)
    return _embedded(question) if isinstance(kind, Tokens) else subject(question)


def front(networks: Networks) -> nn.Module | None:
    """The one layer that makes a spectrogram of a sound; None where there is none, or several."""
    found = [module for network in networks.values() for module in network.modules() if _makes_spectrogram(module)]
    return found[0] if len(found) == 1 else None


def embedding(networks: Networks, fields: Fields | None = None) -> nn.Embedding | None:
    """The one layer that embeds tokens; None where there is none, or several. Of several inputs (`fields`) the one that
    the first goes into."""
    found = [
        module for network in networks.values() for module in network.modules() if isinstance(module, nn.Embedding)
    ]
    if fields is not None and len(fields.inputs) > 1 and len(found) > 1:
        inputs = [torch.ones(1, *kind.shape(), dtype=torch.long) for kind in fields.inputs.values()]
        found = _reading(found, inputs[0], lambda: [network(*inputs) for network in networks.values()])
    return found[0] if len(found) == 1 else None


@torch.no_grad()
def _reading(layers: Iterable[Layer], x: Tensor, run: Callable[[], object]) -> list[Layer]:
    """Those layers that are given `x` itself when it runs."""
    found: list[Layer] = []

    def watch(layer: Layer) -> Callable[..., None]:
        return lambda module, given: found.append(layer) if given[0] is x else None

    hooks = [layer.register_forward_pre_hook(watch(layer)) for layer in layers]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return found


def why_not_smooth(networks: Networks, fields: Fields) -> str | None:
    """Why no gradient can be had, in a sentence; None: it can. A network from elsewhere may say itself that it has
    none, by `differentiable` and `why_not_gradient`."""
    for network in networks.values():
        if not getattr(network, "differentiable", True):
            return str(getattr(network, "why_not_gradient", "") or "This network has no gradients.")
    kinds = list(fields.inputs.values())
    if any(isinstance(kind, Tokens) for kind in kinds) and embedding(networks, fields) is None:
        return "It needs a network that embeds its tokens in one Embedding layer: ids alone have no gradient."
    return None


def through(networks: Networks, layer: nn.Module, score: Score, question: Question) -> Score:
    """The score as a function of what `layer` gives, all else as in the question's input."""
    name, _ = field_of(question)
    x = question.inputs[name]

    def scored(given: Tensor) -> Tensor:
        # in place of the layer's own work, which would be done for nothing
        layer.forward = lambda *inputs, **named: given
        try:
            return score(x.expand(len(given), *x.shape[1:]))
        finally:
            del layer.forward

    return scored


class _Passed(BaseException):
    """What was to be seen has passed. No mere exception: those torch.fx takes for errors, and looks up their line."""


@torch.no_grad()
def passing(layer: nn.Module, score: Score, inputs: Tensor) -> Tensor:
    """What `layer` gives for inputs (N, *shape). What comes behind it is not computed."""
    found: list[Tensor] = []

    def seen(module: nn.Module, given: object, output: Tensor) -> None:
        found.append(output.detach())
        raise _Passed

    hook = layer.register_forward_hook(seen)
    try:
        with suppress(_Passed):
            score(inputs)
    finally:
        hook.remove()
    return found[0]


def _makes_spectrogram(module: nn.Module) -> bool:
    return isinstance(module, MelSpectrogram)


def _spectrogram(question: Question) -> Subject:
    layer, score = front(question.networks), scorer(question)
    if layer is None:
        raise WrongInput("This network makes no spectrogram of its sounds, or several. Explain its samples.")
    name, _ = field_of(question)
    x = passing(layer, score, question.inputs[name])
    channels, height, width = (int(size) for size in x.shape[1:])
    kind = Image(channels=channels, height=height, width=width)

    def seen() -> Tensor:
        return passing(layer, score, question.data.train.columns[name][:_SPECTROGRAMS])

    shifted = x[0] - x[0].amin()
    under = as_array(shifted / shifted.amax().clamp(min=1e-12))
    scored = through(question.networks, layer, score, question)
    return Subject("spectrogram", kind, x, scored, seen, Features.cells(kind), lambda: x.amin().expand_as(x), under)


def _scale(question: Question) -> nn.Module | None:
    """The layer that takes a series relative to its own mean and spread, before anything else sees it."""
    every = [module for network in question.networks.values() for module in network.modules()]
    found: list[nn.Module] = [module for module in every if type(module) is WindowScale]
    if not found:
        norms = [module for module in every if isinstance(module, nn.InstanceNorm1d)]
        x, score = _given(question), scorer(question)
        found = _reading(norms, x, lambda: score(x)) if norms else []
    return found[0] if len(found) == 1 else None


def _standardised(question: Question) -> Subject:
    """A window in standard units, its own mean and spread held as they are. In the window's own units, a way from a
    flat line to it would go nowhere: whatever its spread, the network sees the same as soon as there is any. Behind an
    InstanceNorm, 64 steps in standard units leave a gap of .001 of the score, in the window's own units .025."""
    layer, score = _scale(question), scorer(question)
    assert layer is not None
    name, kind = field_of(question)
    x = passing(layer, score, question.inputs[name])
    scored = through(question.networks, layer, score, question)
    seen = question.data.train.columns[name]
    pieces = Features.windows(tuple(x.shape[1:]), 1)
    return Subject("series", kind, x, scored, lambda: passing(layer, score, seen), pieces)


def _embedded(question: Question) -> Subject:
    layer, score = embedding(question.networks, question.data.fields), scorer(question)
    _, kind = field_of(question)
    if layer is None:
        raise WrongInput("This network does not embed its tokens in one Embedding layer: ids alone have no gradient.")
    assert isinstance(kind, Tokens)
    ids, blank = _given(question), question.task.blank(question.data.fields)
    x = passing(layer, score, ids)  # (1, L, D)
    pieces = _tokens(ids[0], kind, blank, x.shape[-1])
    embedded = layer.weight.detach()
    stand_ins = {
        "zero": lambda: torch.zeros(1, 1, x.shape[-1]),
        "unknown": lambda: embedded[UNKNOWN_ID][None, None],
        "mean": lambda: embedded[2:].mean(0)[None, None],
    }
    scored = through(question.networks, layer, score, question)
    if blank is not None:
        stand_ins = {"mask": lambda: embedded[blank][None, None], **stand_ins}
    return Subject("text", kind, x, scored, lambda: x, pieces, stand_ins=stand_ins, read=_read(question), blank=blank)


def _tokens(ids: Tensor, kind: Tokens, blank: int | None, width: int = 0) -> Features:
    """The tokens of a text, ids (L,). A gap has its name, too, but nothing there is explained or hidden."""
    pieces = Features.tokens(ids, _named(ids, kind), width)
    if blank is None:
        return pieces
    gaps = (ids == blank).view(-1, *[1] * (pieces.of.dim() - 1))
    return replace(pieces, of=pieces.of.masked_fill(gaps, -1))


def _named(ids: Tensor, kind: Tokens) -> tuple[str, ...]:
    """The tokens of a text; a gap has no name of its own."""
    names = (*kind.vocabulary, GAP)
    return tuple(visible(names[number]) for number in ids.tolist() if number)


def _read(question: Question) -> Read:
    name, kind = field_of(question)
    assert isinstance(kind, Tokens)
    names, stood = (*kind.vocabulary, GAP), question.inputs[name][0].tolist()
    tokens = [names[number] for number in _given(question)[0].tolist() if number]
    for place, number in enumerate(stood[: len(tokens)]):
        if tokens[place] == GAP and names[number].startswith(SPACE):
            tokens[place] = SPACE + GAP
    return Read(tuple(tokens), tokenizing(question.data.encoders.get(name), kind))
