"""LanguageModel: which token comes next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Text, Tokens, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.datasets.music_encoder import MusicEncoder
from dlviz.datasets.tokenizer import visible
from dlviz.generation.cached import sees_ahead
from dlviz.generation.write import write
from dlviz.network.graph import Graph
from dlviz.tasks.bigram import Bigram
from dlviz.tasks.boldness import temperatures
from dlviz.tasks.interval import bootstrap
from dlviz.tasks.language_starters import starters
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array
from dlviz.tasks.told import Choice, Told, share

#: Of more tokens than this a table of pairs would not fit.
LARGEST_TABLE = 5000
#: How many tokens are written after an input that is to be predicted.
WRITTEN = 60
#: Of how many tokens that may come next an example tells the probability.
CHOICES = 10


class LanguageModel(Task):
    """Say at each step of a text which token comes next; a network that can do that can write.

    The loss is the cross-entropy -log p(next token), the mean over all tokens, in nats. The network must be causal: it
    sees a step and what came before. It writes by drawing a token from what it says, again and again.
    """

    primary: ClassVar[str] = "perplexity"

    temperature: float = setting(
        0.8, "How boldly samples are drawn while it trains. Near 0: always the likeliest. 1: as it learned.", ge=0, le=5
    )

    def why_not(self, fields: Fields) -> str | None:
        kinds, targets = list(fields.inputs.values()), list(fields.targets.values())
        if len(kinds) != 1 or not isinstance(kinds[0], Tokens) or len(targets) != 1 or targets[0] != kinds[0]:
            return (
                "A language model needs one text and as its target the same text, a step further; this data has "
                f"{', '.join(kind.kind() for kind in [*kinds, *targets]) or 'nothing'}."
            )
        return None

    def roles(self, fields: Fields) -> dict[str, Role]:
        kind = _tokens(fields)
        shapes = {name: kind.shape() for name, kind in fields.inputs.items()}
        return {"model": Role(shapes, (kind.length, len(kind.vocabulary)), "one logit for each token, at each step")}

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return {title: {"model": made} for title, made in starters(fields).items()}

    def recipe(self, fields: Fields) -> dict[str, Any]:
        tokens = (fields.size or 1000) * _tokens(fields).length
        return {
            "optimization": {
                "optimizer": {"kind": "AdamW", "lr": 0.002, "weight_decay": 0.1},
                "schedule": {"kind": "OneCycleLR"},
                "regularizers": [{"kind": "GradientClipping"}],
            },
            "training": {"epochs": max(2, min(20, round(4e6 / tokens))), "batch_size": 16},
        }

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        """Refuse a network that looks ahead: it would only copy the token that it is to foretell."""
        kind = _tokens(fields)
        if sees_ahead(networks["model"], kind.length, len(kind.vocabulary)):
            raise WrongInput(
                "A language model may look at a step and those before it alone. This network's answer at a step "
                "changes when a later token does, so it would copy the next token, not foretell it. Set `causal` of "
                "attention layers, take `bidirectional` from recurrent ones, and use no convolution over later steps."
            )

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        sums, mean = self._sums(networks, batch, fields)
        yield Loss("model", mean, sums, float(sums[:, 2].sum()) if not mean.requires_grad else None)

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """(N, 3): each text's loss in nats, its tokens said right, its tokens."""
        return self._sums(networks, batch, fields)[0]

    def _sums(self, networks: Networks, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """(N, 3) sums without a graph, and the mean loss over all tokens with one."""
        wanted = batch[next(iter(fields.targets))]
        logits = networks["model"](batch[next(iter(fields.inputs))])
        each = F.cross_entropy(logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=0, reduction="none")
        each, there = each.view_as(wanted), wanted != 0
        right = (logits.detach().argmax(2) == wanted) & there
        sums = torch.stack([each.detach().sum(1), right.sum(1).float(), there.sum(1).float()], dim=1)
        return sums, each.sum() / there.sum().clamp(min=1)

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        return outputs[:, 0] / outputs[:, 2].clamp(min=1)

    def metrics(self, fields: Fields) -> dict[str, Any]:
        from dlviz.tasks.token_metrics import Perplexity, TokenAccuracy

        return {"perplexity": Perplexity(), "accuracy": TokenAccuracy()}

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """((N, 3) sums, (N,) tokens)."""
        return outputs, outputs[:, 2]

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """Each text with what the network writes after it, the likeliest token each time, as ids."""
        kind, name = _tokens(fields), next(iter(fields.targets))
        written = np.zeros((len(next(iter(inputs.values()))), kind.length + WRITTEN), dtype=np.int64)
        for number, text in enumerate(inputs[next(iter(fields.inputs))]):
            prompt = text[text != 0]
            more = write(networks["model"], prompt, kind, many=WRITTEN, temperature=0.0)
            written[number, : len(prompt) + WRITTEN] = [*prompt.tolist(), *more]
        return {name: Value(kind, written, name)}

    def targets(self, fields: Fields) -> tuple[str, ...]:
        """Every token that may come next."""
        return tuple(map(visible, _tokens(fields).vocabulary))

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        """The logit of that token right after the text."""
        return self._next(networks, inputs, fields)[:, target]

    def told(self, networks: Networks, batch: Batch, fields: Fields) -> list[Told]:
        """Which token comes next after the whole text."""
        kind, ids = _tokens(fields), batch[next(iter(fields.inputs))]
        with torch.no_grad():
            shares = as_array(self._next(networks, batch, fields).float().softmax(1))
        wanted, last = batch.get(next(iter(fields.targets))), _last(ids).tolist()
        found = []
        for row, own in enumerate(shares):
            order = [int(token) for token in np.argsort(-own, kind="stable")[:CHOICES]]
            true = None if wanted is None else int(wanted[row, last[row]])
            listed = order if true is None or true in order else [*order[:-1], true]
            choices = tuple(
                Choice(token, visible(kind.vocabulary[token]), share(float(own[token]))) for token in listed
            )
            right = visible(kind.vocabulary[true]) if true is not None else ""
            wrong = None if true is None else true != order[0]
            found.append(Told(order[0], choices[0].name, right, wrong, float(own[order[0]]), choices=choices))
        return found

    @staticmethod
    def _next(networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """(N, V) logits of the token after each text."""
        ids = batch[next(iter(fields.inputs))]
        logits: Tensor = networks["model"](ids)
        return logits[torch.arange(len(ids), device=ids.device), _last(ids)]

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        """Nats a token, against a table of which token follows which (a bigram model of the training part)."""
        inputs, targets = next(iter(fields.inputs)), next(iter(fields.targets))
        vocabulary = len(_tokens(fields).vocabulary)
        if vocabulary > LARGEST_TABLE:
            return None
        table = Bigram.learned(train.columns[inputs], train.columns[targets], vocabulary)
        sums = outputs.double().cpu().numpy()
        low, high = bootstrap(lambda loss, tokens: loss.sum(1) / tokens.sum(1), sums[:, 0], sums[:, 2])
        value = float(sums[:, 0].sum() / sums[:, 2].sum())
        baseline = table.loss(examples.columns[inputs], examples.columns[targets])
        return Interval("nats a token", value, low, high, baseline, "a table of which token follows which", False)

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        """What it writes after the beginning of a text of the part, and how boldly it would at other temperatures."""
        kind, name = _tokens(data.fields), next(iter(data.fields.inputs))
        start = data.part(part).columns[name][0]
        prompt = start[: max(1, min(len(start) // 4, 24))]
        random = torch.Generator().manual_seed(0)
        written = list(write(networks["model"], prompt, kind, many=160, temperature=self.temperature, random=random))
        encoder = data.encoders.get(name)
        if isinstance(encoder, MusicEncoder):
            return {"sample": _tune(encoder, prompt.tolist(), written, self.temperature)}
        says = [_said(data, name, row) for row in (prompt.tolist(), [*prompt.tolist(), *written])]
        note = f"It was given “{says[0]}” and wrote the rest, at temperature {self.temperature:g}."
        sample = Value(Text(), np.array([says[1]], dtype=str), "What it writes", note)
        return {"sample": sample, "temperatures": temperatures(networks, data.part(part).columns[name], kind)}


def _said(data: Data, name: str, ids: list[int]) -> str:
    """Token ids as a text."""
    encoder, kind = data.encoders.get(name), data.fields.inputs[name]
    if encoder is not None:
        return str(encoder.decode(torch.tensor([ids])).data[0])
    assert isinstance(kind, Tokens)
    return " ".join(kind.vocabulary[number] for number in ids)


def _tune(encoder: MusicEncoder, prompt: list[int], written: list[int], temperature: float) -> Value:
    """What was written, as notes; `more["begun"]`: the step at which the network took over."""
    whole = encoder.decode(torch.tensor([[*prompt, *written]]))
    begun = encoder.score(prompt).steps
    note = f"It was given the notes left of the dotted line and went on, at temperature {temperature:g}."
    return Value(whole.kind, whole.data, "What it makes up", note, {"begun": np.array([begun])})


def _last(ids: Tensor) -> Tensor:
    """(N,) the place of the last token of each text (N, L)."""
    return (ids != 0).sum(1).sub(1).clamp(min=0)


def _tokens(fields: Fields) -> Tokens:
    kind = next(iter(fields.inputs.values()))
    assert isinstance(kind, Tokens)
    return kind
