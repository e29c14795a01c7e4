"""SequenceToSequence: read one text, write another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Tokens, Value
from dlviz.datasets.answer_encoder import END_ID, is_answer
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.datasets.tokenizer import visible
from dlviz.generation.cached import sees_ahead
from dlviz.generation.greedy import allowed, greedy
from dlviz.generation.sourced import Sourced
from dlviz.network.graph import Graph
from dlviz.tasks.at_places import AtPlaces
from dlviz.tasks.sequence_starters import recipe, starters
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array, inputs_of
from dlviz.tasks.told import Choice, Told, share

#: Of about so many pairs in all, every answer of the validation part is written for BLEU; of more, a share.
ALL_WRITTEN = 20_000
#: At so many places of an answer one may ask.
CHOSEN = 64


class SequenceToSequence(Task):
    """Read one text and write another: a translation, a question's answer, digits backwards.

    While it learns, the network is shown the true answer so far and says what comes next, at all steps at once (teacher
    forcing). When it writes, it goes on from its own words. The loss is the cross-entropy -log p(next token), the mean
    over all tokens, in nats.
    """

    of_one: ClassVar[bool] = True
    beside: ClassVar[str] = "the true answer so far"
    primary: ClassVar[str] = "accuracy"
    higher_is_better: ClassVar[bool] = True

    label_smoothing: float = setting(
        0.0,
        "Which share of certainty it shall leave to all other tokens. 0.1 makes it less sure of itself, and often it "
        "writes better (Szegedy et al. 2016).",
        ge=0, le=0.5,
    )  # fmt: skip

    def why_not(self, fields: Fields) -> str | None:
        kinds, targets = list(fields.inputs.values()), list(fields.targets.values())
        fits = len(kinds) == 2 and len(targets) == 1 and all(isinstance(kind, Tokens) for kind in (*kinds, *targets))
        if fits and targets[0] == kinds[1] and isinstance(targets[0], Tokens) and is_answer(targets[0]):
            return None
        return (
            "Sequence to sequence needs a text that is read, one that is to be written as far as it has been written, "
            "and as its target the same, a step further; this data has "
            f"{', '.join(kind.kind() for kind in [*kinds, *targets]) or 'nothing'}."
        )

    def roles(self, fields: Fields) -> dict[str, Role]:
        kind = _answer(fields)
        shapes = {name: kind.shape() for name, kind in fields.inputs.items()}
        return {"model": Role(shapes, (kind.length, len(kind.vocabulary)), "one logit for each token, at each step")}

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return {title: {"model": made} for title, made in starters(fields).items()}

    def recipe(self, fields: Fields) -> dict[str, Any]:
        return recipe(fields)

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        """Refuse a network that looks ahead in the answer: it would only copy the token that it is to foretell."""
        kind, source = _answer(fields), next(iter(fields.inputs.values()))
        assert isinstance(source, Tokens)
        if sees_ahead(Sourced(networks["model"], source), kind.length, len(kind.vocabulary)):
            raise WrongInput(
                "A network that writes may look at what it has written so far alone. This one's answer at a step "
                "changes when a later token does, so it would copy the next token, not foretell it. Set `causal` of "
                "decoder layers, take `bidirectional` from the recurrent layers that read what was written, and use no "
                "convolution over later steps."
            )

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        logits = networks["model"](*inputs_of(batch, fields))
        wanted = batch[_target(fields)]
        smoothing = self.label_smoothing if logits.requires_grad else 0.0
        total = F.cross_entropy(
            logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=0, reduction="sum", label_smoothing=smoothing
        )
        tokens = (wanted != 0).sum()
        outputs = self._outputs(logits.detach(), networks, batch, fields)
        yield Loss("model", total / tokens.clamp(min=1), outputs, None if logits.requires_grad else float(tokens))

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """(N, 4 + L): each answer's loss in nats, its tokens said right, its tokens, whether all are right; then, of a
        fixed share of the pairs and in evaluation alone, the answer's ids as the network writes it, else 0."""
        return self._outputs(networks["model"](*inputs_of(batch, fields)), networks, batch, fields)

    def _outputs(self, logits: Tensor, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        wanted, kind = batch[_target(fields)], _answer(fields)
        there = wanted != 0
        each = F.cross_entropy(
            logits.flatten(0, 1).float(), wanted.flatten(), ignore_index=0, reduction="none"
        ).view_as(wanted)
        right = (logits[..., END_ID:].argmax(2) + END_ID == wanted) & there
        sums = torch.stack([each.sum(1), right.sum(1), there.sum(1), (right | ~there).all(1)], dim=1).float()
        written = wanted.new_zeros((len(wanted), kind.length))
        if not networks["model"].training:
            rows = self._chosen(batch, fields).nonzero()[:, 0]
            if len(rows):
                source = batch[next(iter(fields.inputs))][rows]
                written[rows] = greedy(networks["model"], source, kind.length)
        return torch.cat([sums, written.float()], dim=1)

    @staticmethod
    def _chosen(batch: Batch, fields: Fields) -> Tensor:
        """(N,) which pairs an answer is written for: always the same, whatever stands beside them in a batch."""
        share = ALL_WRITTEN / max(ALL_WRITTEN, fields.size or 0)
        places = 1
        mixed = torch.zeros((), dtype=torch.int64)
        for name in (*fields.inputs, _target(fields)):
            if name in batch:
                ids = batch[name].long()
                factors = torch.arange(places, places + ids.shape[1], device=ids.device) * 7919 % 10_007 + 1
                mixed = mixed.to(ids.device) + (ids * factors).sum(1)
        return mixed % 1009 < share * 1009

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        return outputs[:, 0] / outputs[:, 2].clamp(min=1)

    def metrics(self, fields: Fields) -> dict[str, Any]:
        from dlviz.tasks.answers import Bleu, ExactMatch, Said

        return {"accuracy": Said(), "exact": ExactMatch(), "bleu": Bleu(_answer(fields))}

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """((N, 4 + L) outputs, (N, L) wanted ids)."""
        return outputs, batch[_target(fields)]

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """The answer to each text, the likeliest token each time, as ids (N, L), its end last, then padding. Of the
        inputs, only the text that is read is needed."""
        kind, name = _answer(fields), _target(fields)
        ids = greedy(networks["model"], inputs[next(iter(fields.inputs))], kind.length)
        return {name: Value(kind, np.asarray(ids.cpu().numpy()), name)}

    def targets(self, fields: Fields) -> AtPlaces:
        """Each token at each place of an answer."""
        kind = _answer(fields)
        return AtPlaces(tuple(map(visible, kind.vocabulary)), kind.length)

    def explains(self, fields: Fields) -> str:
        """The text that is read; the answer so far stays as it is."""
        return next(iter(fields.inputs))

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        """The logit of the token at the place of the answer, after the answer so far as the inputs have it."""
        return self._said(networks, inputs, fields)[:, target]

    def margin(self, networks: Networks, inputs: Batch, target: int, against: int, fields: Fields) -> Tensor:
        said = self._said(networks, inputs, fields)
        return said[:, target] - said[:, against]

    @staticmethod
    def _said(networks: Networks, inputs: Batch, fields: Fields) -> Tensor:
        """(N, L · V) what it says of each target."""
        logits: Tensor = networks["model"](*inputs_of(inputs, fields))
        return logits.flatten(1)

    def told(self, networks: Networks, batch: Batch, fields: Fields) -> list[Told]:
        """What it says at each place of an answer after the true beginning; of one that is wrong, the first mistake is
        asked about."""
        with torch.no_grad():
            logits: Tensor = networks["model"](*inputs_of(batch, fields)).float()
        shares = as_array(allowed(logits).softmax(2))
        wanted, lengths = batch.get(_target(fields)), (batch[list(fields.inputs)[1]] != 0).sum(1).tolist()
        return [
            _told(own[:length], None if wanted is None else wanted[row, :length].tolist(), _answer(fields))
            for row, (own, length) in enumerate(zip(shares, lengths, strict=True))
        ]

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        """BLEU, or for answers without words the share written right as a whole, against the answer of the training
        text that shares most with the one read."""
        from dlviz.tasks.answer_result import result

        return result(outputs, examples, train, fields)

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        from dlviz.tasks.answer_views import views

        return views(networks, data, part)


def _told(shares: Array, wanted: list[int] | None, kind: Tokens) -> Told:
    """Of one answer: `shares` (steps, tokens) at each of its places."""
    from dlviz.tasks.answers import text_of

    best = [int(token) for token in shares.argmax(1)]
    true = wanted if wanted is not None else best
    wrong = [place for place, token in enumerate(true) if token != best[place]]
    choices = []
    for place in range(min(CHOSEN, len(best))):
        likely = [int(token) for token in np.argsort(-shares[place], kind="stable")[:2]]
        for token in dict.fromkeys([*likely, true[place]]):
            name = f"{visible(kind.vocabulary[token])} at place {place + 1}"
            right = ", the right one" if token == true[place] and token != best[place] else ""
            choices.append(
                Choice(place * len(kind.vocabulary) + token, name, share(float(shares[place, token])) + right)
            )
    at = next((place for place in wrong if place < CHOSEN), 0)
    return Told(
        at * len(kind.vocabulary) + (best[at] if best else END_ID),
        text_of(kind, best),
        "" if wanted is None else text_of(kind, wanted),
        None if wanted is None else bool(wrong),
        float(min((shares[place, token] for place, token in enumerate(best)), default=0.0)),
        choices=tuple(choices),
    )


def _answer(fields: Fields) -> Tokens:
    kind = next(iter(fields.targets.values()))
    assert isinstance(kind, Tokens)
    return kind


def _target(fields: Fields) -> str:
    return next(iter(fields.targets))
