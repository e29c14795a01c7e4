"""Tagging: which tag each word of a sentence has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Array, Tags, Tokens, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.network.graph import Graph
from dlviz.tasks.interval import bootstrap
from dlviz.tasks.tagging_starters import recipe, starters
from dlviz.tasks.tagging_views import confused, sentences
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array, inputs_of
from dlviz.tasks.told import Choice, Told, share


class Tagging(Task):
    """Say of each word of a sentence which tag it has: whether it begins or goes on with a name, which part of speech
    it is.

    The loss is the cross-entropy -log p(true tag), the mean over all words; padding counts nowhere. Where tags mark
    entities (B-, I-, O), the figure is F1 over whole entities: right is one whose type and both borders are.
    """

    primary: ClassVar[str] = "f1"
    higher_is_better: ClassVar[bool] = True
    by_place: ClassVar[bool] = True
    beside: ClassVar[str] = "what else is told of each word"

    class_weights: Literal["equal", "balanced"] = setting(
        "balanced",
        "How much an error counts. `balanced`: rare tags more, by the root of how rare they are, so that names are "
        "not passed over among so many words that are none. `equal`: each word the same; fewer names are found, and "
        "fewer false ones.",
    )

    def why_not(self, fields: Fields) -> str | None:
        kinds, inputs = list(fields.targets.values()), list(fields.inputs.values())
        if len(kinds) != 1 or not isinstance(kinds[0], Tags):
            said = ", ".join(f"`{name}` ({kind.kind()})" for name, kind in fields.targets.items())
            return f"Tagging needs one target that is a tag for each step; this data has {said or 'no target'}."
        length = kinds[0].length
        if not inputs or not all(isinstance(kind, Tokens) and kind.length == length for kind in inputs):
            said = ", ".join(f"`{name}` ({kind.kind()})" for name, kind in fields.inputs.items())
            return f"Tagging needs sentences with a word for each tag as input; this data has {said or 'no input'}."
        if len(kinds[0].names) < 2:
            return f"Tagging needs at least two tags; this target has {len(kinds[0].names)}."
        return None

    def roles(self, fields: Fields) -> dict[str, Role]:
        shapes = {name: kind.shape() for name, kind in fields.inputs.items()}
        kind = _kind(fields)
        return {"model": Role(shapes, (kind.length, len(kind.names)), "one logit for each tag, at each word")}

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return {title: {"model": graph} for title, graph in starters(fields).items()}

    def recipe(self, fields: Fields) -> dict[str, Any]:
        return recipe(fields)

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        """Keep the weights of the tags, (n / (tags · count))^½, where the loss finds them and devices move them; no
        checkpoint holds them. Whole weights would ask for names everywhere: nearly all words are none."""
        if self.class_weights == "balanced" and train is not None:
            true = train.columns[_target(fields)]
            counts = torch.bincount(true[true >= 0], minlength=len(_kind(fields).names))
            weights = (counts.sum() / (len(counts) * counts.clamp(min=1).float())).sqrt()
            networks["model"].register_buffer("class_weights", weights, persistent=False)

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        logits = self._logits(networks, batch, fields)
        weights, true = getattr(networks["model"], "class_weights", None), batch[_target(fields)]
        each = F.cross_entropy(
            logits.flatten(0, 1).float(), true.flatten(), weight=weights, ignore_index=-1, reduction="sum"
        )
        there = (true >= 0).sum() if weights is None else F.pad(weights, (0, 1))[true].sum()
        weight = None if each.requires_grad else float(there)
        yield Loss("model", each / there.clamp(min=1e-9), self._chosen(logits, batch, fields), weight)

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """The likeliest tag of each word, (N, length); -1 beyond the end of a sentence."""
        return self._chosen(self._logits(networks, batch, fields), batch, fields)

    def _logits(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """(N, steps, tags)."""
        logits: Tensor = networks["model"](*inputs_of(batch, fields))
        return logits

    @staticmethod
    def _chosen(logits: Tensor, batch: Batch, fields: Fields) -> Tensor:
        ended = batch[next(iter(fields.inputs))] == 0
        chosen = logits.detach().argmax(2).masked_fill(ended, -1)
        return F.pad(chosen, (0, _kind(fields).length - chosen.shape[1]), value=-1)

    def metrics(self, fields: Fields) -> dict[str, Any]:
        from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

        from dlviz.tasks.spans import SpanF1, SpanPrecision, SpanRecall, marks_entities

        names = _kind(fields).names
        accuracy = MulticlassAccuracy(len(names), average="micro", ignore_index=-1, validate_args=False)
        if not marks_entities(names):
            each = MulticlassF1Score(len(names), average="macro", ignore_index=-1, validate_args=False)
            return {"f1": each, "accuracy": accuracy}
        return {
            "f1": SpanF1(names),
            "precision": SpanPrecision(names),
            "recall": SpanRecall(names),
            "accuracy": accuracy,
        }

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """(predicted, true) tags, each (N, length), -1 beyond the end. A word without an answer counts as the first
        tag, so that no figure grows by leaving words out."""
        true = batch[_target(fields)]
        return outputs.clamp(min=0).masked_fill(true < 0, -1), true

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """The tag of each word, (N, length), -1 beyond the end; `more["probability"]` (N, length) of the chosen tag."""
        logits, name = self._logits(networks, inputs, fields), _target(fields)
        sure = as_array(logits.float().softmax(2).amax(2))
        tags = np.asarray(self._chosen(logits, inputs, fields).cpu().numpy())
        sure = np.pad(sure, ((0, 0), (0, tags.shape[1] - sure.shape[1])))
        return {name: Value(fields.targets[name], tags, name, "", {"probability": sure})}

    def targets(self, fields: Fields) -> tuple[str, ...]:
        """Each tag at each word: those of the first word, then those of the second."""
        kind = _kind(fields)
        return tuple(f"{tag} at word {place + 1}" for place in range(kind.length) for tag in kind.names)

    def explains(self, fields: Fields) -> str:
        """The words; what else is told of each stays as it is."""
        return next(iter(fields.inputs))

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        """The logit of the tag at the word; at the last word of a sentence that ends before it."""
        place, tag = divmod(target, len(_kind(fields).names))
        logits = self._logits(networks, inputs, fields)
        last = (inputs[next(iter(fields.inputs))] != 0).sum(1).sub(1).clamp(min=0, max=place)
        return logits[torch.arange(len(logits)), last, tag]

    def told(self, networks: Networks, batch: Batch, fields: Fields) -> list[Told]:
        """The words whose tag is not the first of all; where tags are known, one that is wrong is asked about."""
        with torch.no_grad():
            shares = as_array(self._logits(networks, batch, fields).float().softmax(2))
        ids, true = batch[next(iter(fields.inputs))], batch.get(_target(fields))
        rows = enumerate(zip(ids.tolist(), shares, strict=True))
        return [_told(own, said, fields, None if true is None else true[row].tolist()) for row, (own, said) in rows]

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        """Span F1, or the share of words for plain tags, against the tag that each word had most often in training."""
        from dlviz.tasks.spans import Spans, marks_entities

        names, word = _kind(fields).names, next(iter(fields.inputs))
        true = examples.columns[_target(fields)]
        usual = usual_tags(train.columns[word], train.columns[_target(fields)], fields)[examples.columns[word]]
        spans = Spans(names) if marks_entities(names) else None

        def counts(predicted: Tensor) -> Array:  # (N, 2): twice the right ones, all that can be
            predicted, _ = self.measured(predicted, examples.columns, fields)
            if spans is None:
                there = true >= 0
                return np.stack([((predicted == true) & there).sum(1).numpy(), there.sum(1).numpy()], 1).astype(float)
            found = spans.counts(predicted, true).double().numpy()
            return np.stack([2 * found[:, 0], found[:, 1] + found[:, 2]], axis=1)

        own, plain = counts(outputs), counts(usual)
        low, high = bootstrap(_share, own[:, 0], own[:, 1])
        value, baseline = (float(_share(each[None, :, 0], each[None, :, 1])[0]) for each in (own, plain))
        title = "span F1" if spans else "accuracy"
        return Interval(title, value, low, high, baseline, "the tag that each word had most often")

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        if outputs is None:
            return {}
        true, names = data.part(part).columns[_target(data.fields)], _kind(data.fields).names
        predicted, _ = self.measured(outputs.to(true.device), data.part(part).columns, data.fields)
        return {
            "sentences": sentences(data, part, predicted, true),
            "confusion": confused(predicted, true, names),
        }


def usual_tags(words: Tensor, tags: Tensor, fields: Fields) -> Tensor:
    """(vocabulary,) the tag that each word has most often; words without one take the commonest of all."""
    kind, known = next(iter(fields.inputs.values())), _kind(fields)
    assert isinstance(kind, Tokens)
    size, there = len(known.names), tags >= 0
    counts = torch.bincount(words[there] * size + tags[there], minlength=len(kind.vocabulary) * size)
    table = counts.reshape(-1, size)
    return torch.where(table.sum(1) > 0, table.argmax(1), table.sum(0).argmax())


def _told(ids: list[int], shares: Array, fields: Fields, true: list[int] | None) -> Told:
    """Of one sentence: `shares` (steps, tags)."""
    kind, read = _kind(fields), next(iter(fields.inputs.values()))
    assert isinstance(read, Tokens)
    words = [read.vocabulary[number] for number in ids if number]
    best = [int(tag) for tag in shares[: len(words)].argmax(1)]
    known = true[: len(words)] if true is not None else []
    wrong = [place for place, tag in enumerate(known) if tag != best[place]]
    marked = [place for place, tag in enumerate(best) if tag > 0]
    choices = []
    for place, word in enumerate(words):
        asked = dict.fromkeys([best[place], *known[place : place + 1], *np.argsort(-shares[place])[:2].tolist()])
        for tag in asked:
            name = f"{word}: {kind.names[tag]}"
            choices.append(Choice(place * len(kind.names) + tag, name, share(float(shares[place, tag]))))
    at = next(iter([*wrong, *marked]), 0)
    return Told(
        at * len(kind.names) + (best[at] if best else 0),
        _marks(words, best, kind),
        _marks(words, known, kind) if known else "",
        bool(wrong) if known else None,
        float(min((shares[place, tag] for place, tag in enumerate(best)), default=0.0)),
        choices=tuple(choices),
    )


def _marks(words: list[str], tags: list[int], kind: Tags) -> str:
    """The first few words with a tag of their own."""
    marked = [f"{words[place]}: {kind.names[tag]}" for place, tag in enumerate(tags) if tag > 0]
    more = f" and {len(marked) - 3} more" if len(marked) > 3 else ""
    return ", ".join(marked[:3]) + more or f"only {kind.names[0]}"


def _share(right: Array, of: Array) -> Array:
    found: Array = right.sum(1) / np.maximum(of.sum(1), 1e-9)
    return found


def _kind(fields: Fields) -> Tags:
    kind = next(iter(fields.targets.values()))
    assert isinstance(kind, Tags)
    return kind


def _target(fields: Fields) -> str:
    return next(iter(fields.targets))
