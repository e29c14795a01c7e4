"""MaskedLanguageModel: which word is hidden there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.shape import Ids
from dlviz.core.values import Array, Text, Tokens, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.tokenizer import UNKNOWN_ID, visible
from dlviz.network.graph import Graph
from dlviz.tasks.at_places import AtPlaces
from dlviz.tasks.gaps import fixed_scores, hidden, mask_id, spoilt
from dlviz.tasks.interval import bootstrap
from dlviz.tasks.last_layer import answers_at
from dlviz.tasks.masked_starters import starters
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array
from dlviz.tasks.told import Choice, Told, share

#: How many texts a view shows, and how many guesses for a gap.
SHOWN, GUESSES = 6, 3
#: At how many places of an example one may ask; each takes a pass of its own.
ASKED = 8


class MaskedLanguageModel(Task):
    """Guess words that were hidden, from what stands before and behind them: a network learns a language from texts
    that nobody has labelled.

    In training a share of each text's tokens is chosen anew each time; of these 80 % are hidden behind a mask, 10 %
    become another token, 10 % stay. The loss is the cross-entropy -log p(token), the mean over the chosen tokens, in
    nats. What is measured has fixed gaps, all hidden. Unknown words are never to be guessed. The mask is the number
    behind the last of the vocabulary, so the data need not know of it. (Devlin et al. 2019)
    """

    automatic: ClassVar[bool] = False
    primary: ClassVar[str] = "nats"
    by_place: ClassVar[bool] = True
    of_one: ClassVar[bool] = True

    share: float = setting(
        0.15, "The share of a text's tokens that is to be guessed. More: more to learn, less to learn it from.",
        ge=0.01, le=0.9,
    )  # fmt: skip

    def why_not(self, fields: Fields) -> str | None:
        kinds = list(fields.inputs.values())
        if len(kinds) != 1 or not isinstance(kinds[0], Tokens):
            return (
                "Words can be hidden in one text alone; this data has "
                f"{', '.join(kind.kind() for kind in kinds) or 'no input'}."
            )
        if len(kinds[0].vocabulary) <= UNKNOWN_ID + 2:
            return "There must be two known tokens at least to choose from; this vocabulary has fewer."
        return None

    def roles(self, fields: Fields) -> dict[str, Role]:
        name, kind = _text(fields)
        shape = Ids((kind.length,), mask_id(kind) + 1)
        return {
            "model": Role({name: shape}, (kind.length, len(kind.vocabulary)), "one logit for each token, at each step")
        }

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return {title: {"model": made} for title, made in starters(fields).items()}

    def recipe(self, fields: Fields) -> dict[str, Any]:
        """Only one token in seven teaches, so many epochs."""
        tokens = (fields.size or 1000) * _text(fields)[1].length
        return {
            "optimization": {
                "optimizer": {"kind": "AdamW", "lr": 0.003, "weight_decay": 0.05},
                "schedule": {"kind": "OneCycleLR"},
                "regularizers": [{"kind": "GradientClipping"}],
            },
            "training": {"epochs": max(4, min(40, round(8e6 / tokens))), "batch_size": 64},
        }

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        sums, mean = self._sums(networks, batch, fields, networks["model"].training)
        yield Loss("model", mean, sums, float(sums[:, 2].sum()) if not mean.requires_grad else None)

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """(N, 3): each text's loss in nats, its hidden tokens guessed right, its hidden tokens."""
        return self._sums(networks, batch, fields, False)[0]

    def _sums(self, networks: Networks, batch: Batch, fields: Fields, by_chance: bool) -> tuple[Tensor, Tensor]:
        """(N, 3) sums without a graph, and the mean loss over all chosen tokens with one."""
        name, kind = _text(fields)
        ids = batch[name]
        seen, guessed = (spoilt if by_chance else hidden)(ids, self.share, mask_id(kind))
        logits = answers_at(networks["model"], seen, guessed).float()
        each = F.cross_entropy(logits, ids[guessed], reduction="none")
        right = (logits.detach().argmax(1) == ids[guessed]).to(each.dtype)
        sums = torch.zeros(len(ids), 3, dtype=each.dtype, device=ids.device)
        found = torch.stack([each.detach(), right, torch.ones_like(right)], dim=1)
        sums.index_add_(0, guessed.nonzero()[:, 0], found)
        return sums, each.sum() / max(1, len(each))

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        return outputs[:, 0] / outputs[:, 2].clamp(min=1)

    def metrics(self, fields: Fields) -> dict[str, Any]:
        from dlviz.tasks.token_metrics import TokenAccuracy, TokenMean

        return {"nats": TokenMean(), "accuracy": TokenAccuracy()}

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """((N, 3) sums, (N,) hidden tokens)."""
        return outputs, outputs[:, 2]

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """Each text with its gaps filled by the likeliest token. `more["probability"]` (N, L): how likely it is held,
        0 where there is no gap."""
        name, kind = _text(fields)
        ids, mask = inputs[name], mask_id(kind)
        shares = self.shares(networks, ids, fields)
        best, token = shares.max(2)
        gap = ids == mask
        filled = torch.where(gap, token, ids)
        return {name: Value(kind, filled.cpu().numpy(), name, "", {"probability": as_array(best * gap)})}

    def targets(self, fields: Fields) -> AtPlaces:
        """Each token in a gap at each place of a text."""
        _, kind = _text(fields)
        return AtPlaces(tuple(map(visible, kind.vocabulary)), kind.length)

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        """The logit of the token at the place, which alone is hidden; at the last one of a text that ends before it."""
        place, token = divmod(target, len(_text(fields)[1].vocabulary))
        return self._at(networks, inputs, place, fields)[:, token]

    def margin(self, networks: Networks, inputs: Batch, target: int, against: int, fields: Fields) -> Tensor:
        many = len(_text(fields)[1].vocabulary)
        (place, token), (other, instead) = divmod(target, many), divmod(against, many)
        if place != other:
            raise WrongInput(
                f"Two tokens are held against each other in one gap. Received: places {place + 1} and {other + 1}."
            )
        said = self._at(networks, inputs, place, fields)
        return said[:, token] - said[:, instead]

    @staticmethod
    def _at(networks: Networks, inputs: Batch, place: int, fields: Fields) -> Tensor:
        """(N, V) what it says in a gap at the place."""
        name, kind = _text(fields)
        ids = inputs[name]
        logits: Tensor = networks["model"](_with_gap(ids, place, kind))
        return logits[torch.arange(len(ids), device=ids.device), _nearest(ids, place)]

    def posed(self, inputs: Batch, target: int, fields: Fields) -> Batch:
        """The text with a gap at the place that is asked about."""
        name, kind = _text(fields)
        return {**inputs, name: _with_gap(inputs[name], target // len(kind.vocabulary), kind)}

    def blank(self, fields: Fields) -> int:
        """The mask."""
        return mask_id(_text(fields)[1])

    def told(self, networks: Networks, batch: Batch, fields: Fields) -> list[Told]:
        """What it says in a few gaps of each text, each hidden by itself; the first that comes by the fixed chance with
        which gaps are measured is the one that is judged."""
        name, _ = _text(fields)
        ids = batch[name]
        gaps = _gaps(ids)
        rows = torch.tensor([row for row, own in enumerate(gaps) for _ in own], dtype=torch.long, device=ids.device)
        places = torch.tensor([place for own in gaps for place in own], dtype=torch.long, device=ids.device)
        steps = torch.arange(ids.shape[1], device=ids.device) == places[:, None]
        logits = ids.new_zeros(0)
        if len(rows):
            with torch.no_grad():
                seen = ids[rows].masked_fill(steps, self.blank(fields))
                logits = answers_at(networks["model"], seen, steps).float()
            logits[:, : UNKNOWN_ID + 1] = float("-inf")
        shares = iter(as_array(logits.softmax(-1)) if len(rows) else ())
        return [
            _guessed([(place, int(row[place]), next(shares)) for place in own], fields)
            for row, own in zip(ids, gaps, strict=True)
        ]

    @torch.no_grad()
    def shares(self, networks: Networks, ids: Tensor, fields: Fields) -> Tensor:
        """(N, L, V) the probability of each token at each step, of those that a word can be; ids (N, L) hold the mask
        where there is a gap."""
        logits: Tensor = networks["model"](ids).float()
        logits[..., : UNKNOWN_ID + 1] = float("-inf")
        return logits.softmax(2)

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        """Nats a hidden token, against how often each token occurs (a unigram model of the training part)."""
        name, kind = _text(fields)
        sums = outputs.double().cpu().numpy()
        if not sums[:, 2].sum():
            return None
        low, high = bootstrap(lambda loss, tokens: loss.sum(1) / tokens.sum(1), sums[:, 0], sums[:, 2])
        value = float(sums[:, 0].sum() / sums[:, 2].sum())
        ids = examples.columns[name].cpu()
        wanted = ids[hidden(ids, self.share, mask_id(kind))[1]]
        counts = _counts(train.columns[name].cpu(), kind)
        baseline = float(-((counts + 1) / (counts + 1).sum()).log()[wanted - UNKNOWN_ID - 1].mean())
        return Interval("nats a hidden token", value, low, high, baseline, "how often each token occurs", False)

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        """Some texts of the part with their gaps, and what is guessed there."""
        name, kind = _text(data.fields)
        device = next(networks["model"].parameters()).device
        ids = data.part(part).columns[name][:SHOWN].to(device)
        seen, guessed = hidden(ids, self.share, mask_id(kind))
        shares = self.shares(networks, seen, data.fields).cpu()
        said = [
            _told(data, row.cpu(), gaps.cpu(), share) for row, gaps, share in zip(ids, guessed, shares, strict=True)
        ]
        examples, train = data.part(part).columns[name].cpu(), _counts(data.train.columns[name].cpu(), kind)
        wanted = examples[hidden(examples, self.share, mask_id(kind))[1]]
        usual = int(train.argmax()) + UNKNOWN_ID + 1
        right = float((wanted == usual).float().mean()) if len(wanted) else 0.0
        note = (
            f"Behind each gap its likeliest words, and what stood there. To say `{kind.vocabulary[usual]}` each time "
            f"would be right in {right:.1%} of the gaps."
        )
        return {"gaps": Value(Text(), np.array(["\n\n".join(said)], dtype=str), "What it puts into gaps", note)}


def _told(data: Data, ids: Tensor, gaps: Tensor, shares: Tensor) -> str:
    """A text with blanks, and a line for each: the likeliest tokens, and the one that stood there."""
    name, kind = _text(data.fields)
    encoder = data.encoders.get(name)
    words = [kind.vocabulary[number] for number in ids[ids != 0].tolist()]
    places = gaps.nonzero()[:, 0].tolist()
    for number, place in enumerate(places, 1):
        words[place] = f"___({number})" if len(places) > 1 else "___"
    text = ("" if isinstance(encoder, TextEncoder) and encoder.tokenizer == "characters" else " ").join(words)
    lines = []
    for number, place in enumerate(places, 1):
        likely, tokens = shares[place].topk(min(GUESSES, len(kind.vocabulary) - UNKNOWN_ID - 1))
        guesses = [f"{kind.vocabulary[int(t)]} {float(p):.0%}" for p, t in zip(likely, tokens, strict=True)]
        before = f"({number}) " if len(places) > 1 else ""
        lines.append(f"{before}{', '.join(guesses)}; it was: {kind.vocabulary[int(ids[place])]}")
    return "\n".join([text, *lines])


def _with_gap(ids: Tensor, place: int, kind: Tokens) -> Tensor:
    """Texts (N, L) whose token at a place is hidden, or their last where they end before it."""
    return ids.scatter(1, _nearest(ids, place)[:, None], mask_id(kind))


def _nearest(ids: Tensor, place: int) -> Tensor:
    """(N,) the place, or that of the last token of a text that ends before it."""
    return (ids != 0).sum(1).sub(1).clamp(min=0, max=place)


def _gaps(ids: Tensor) -> list[list[int]]:
    """Up to `ASKED` places of each text (N, L) whose token can be guessed, by the fixed chance of measured gaps."""
    order = fixed_scores(ids).masked_fill(ids <= UNKNOWN_ID, float("inf")).argsort(dim=1)
    many = (ids > UNKNOWN_ID).sum(1).clamp(max=ASKED)
    return [row[:count] for row, count in zip(order.tolist(), many.tolist(), strict=True)]


def _guessed(gaps: list[tuple[int, int, Array]], fields: Fields) -> Told:
    """Of one text: (place, the token that stood there, the shares (V,) of all tokens) of each gap."""
    _, kind = _text(fields)
    if not gaps:
        return Told(0, "nothing: it has no token that could be guessed")
    choices = []
    for place, stood, shares in sorted(gaps, key=lambda gap: gap[0]):
        likely = [int(token) for token in np.argsort(-shares, kind="stable")[:GUESSES]]
        for token in dict.fromkeys([*likely, stood]):
            name = f"{visible(kind.vocabulary[token])} at place {place + 1}"
            here = ", which stood there" if token == stood else ""
            choices.append(Choice(place * len(kind.vocabulary) + token, name, share(float(shares[token])) + here))
    place, stood, shares = gaps[0]
    best = int(shares.argmax())
    said = f"“{visible(kind.vocabulary[best])}” at place {place + 1}"
    right = f"“{visible(kind.vocabulary[stood])}”"
    target = place * len(kind.vocabulary) + best
    return Told(target, said, right, best != stood, float(shares[best]), choices=tuple(choices))


def _counts(ids: Tensor, kind: Tokens) -> Tensor:
    """How often each known token occurs."""
    return torch.bincount(ids.flatten(), minlength=len(kind.vocabulary)).double()[UNKNOWN_ID + 1 :]


def _text(fields: Fields) -> tuple[str, Tokens]:
    ((name, kind),) = fields.inputs.items()
    assert isinstance(kind, Tokens)
    return name, kind
