"""MaskedLanguageModel: which word is hidden there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.shape import Ids
from dlviz.core.values import Text, Tokens, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.tokenizer import UNKNOWN_ID
from dlviz.network.graph import Graph
from dlviz.tasks.gaps import hidden, mask_id, spoilt
from dlviz.tasks.interval import bootstrap
from dlviz.tasks.last_layer import answers_at
from dlviz.tasks.masked_starters import starters
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array

#: How many texts a view shows, and how many guesses for a gap.
SHOWN, GUESSES = 6, 3


class MaskedLanguageModel(Task):
    """Guess words that were hidden, from what stands before and behind them: a network learns a language from texts
    that nobody has labelled.

    In training a share of each text's tokens is chosen anew each time; of these 80 % are hidden behind a mask, 10 %
    become another token, 10 % stay. The loss is the cross-entropy -log p(token), the mean over the chosen tokens, in
    nats. What is measured has fixed gaps, all hidden. Unknown words are never to be guessed. The mask is the number
    behind the last of the vocabulary, so the data need not know of it. (Devlin et al. 2019)
    """

    # no targets: which token is asked for is the token that an example had there, so no number stays the question
    # while tokens are hidden
    automatic: ClassVar[bool] = False
    primary: ClassVar[str] = "nats"

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


def _counts(ids: Tensor, kind: Tokens) -> Tensor:
    """How often each known token occurs."""
    return torch.bincount(ids.flatten(), minlength=len(kind.vocabulary)).double()[UNKNOWN_ID + 1 :]


def _text(fields: Fields) -> tuple[str, Tokens]:
    ((name, kind),) = fields.inputs.items()
    assert isinstance(kind, Tokens)
    return name, kind
