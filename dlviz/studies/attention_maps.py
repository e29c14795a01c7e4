"""AttentionMaps: where every head of every layer looked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Attention, Value
from dlviz.datasets.data import Fields
from dlviz.explainers.attention_sides import Side, Sided, sided
from dlviz.explainers.attention_steps import Steps
from dlviz.explainers.explainer import Step
from dlviz.studies.attention_heads import Head, layer_names, most_looked_at, told
from dlviz.studies.attention_patterns import Seeing, best, evenness
from dlviz.studies.attention_run import named, thing, whole, why_not_looking
from dlviz.studies.study import Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task, as_array

#: Looks at what is not shown by itself are gathered under these names.
PADDING, REST = "(padding)", "(the rest)"


class AttentionMaps(Study):
    """Shows where every head of every attention layer looked: each step of a sequence, and what share it took from each
    step that it may see.

    weights = softmax(Q Kᵀ / √d), one map for each head; a row's shares sum to 1. A head is said to follow a rule where
    it spends at least 40 % of its looks on it, and twice what even looks would.
    """

    paper: ClassVar[str] = (
        "Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762; Clark et al. 2019, What Does BERT Look At?, "
        "arXiv:1906.04341"
    )
    reading: ClassVar[str] = (
        "It shows where it looked, never why it decided: a row is a step that looks, and its shares of all that it may "
        "see sum to 1. Some heads follow a simple rule; most do not."
    )
    misleads: ClassVar[str] = (
        "What was looked at need not have been used, and in later layers a step has long gathered from others. Heads "
        "often rest on the first step or a stop when they have nothing to do (Jain & Wallace 2019; Clark et al. 2019)."
    )
    cost: ClassVar[str] = "one pass, of two texts three"
    group: ClassVar[Group] = "attention"

    most: int = setting(
        96, "How many steps a map shows at most; of longer sequences their end, all before it together.", ge=8, le=512
    )

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_looking(task, networks, fields)

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        fields, networks = question.data.fields, question.networks
        run, inputs = whole(question.task, networks, fields), question.inputs
        step(0, 1)
        with torch.no_grad():
            layers, _ = sided(networks, run, inputs, fields)
            if not layers:
                raise WrongInput("No attention layer of this network is called when it answers.")
            steps = named(networks, run, inputs, fields, layers)
        groups: dict[tuple[Side, Side, bool, int], list[Sided]] = {}
        for layer in layers:
            key = (layer.queries, layer.keys, is_causal(layer), layer.attended.weights.shape[1])
            groups.setdefault(key, []).append(layer)
        shown, heads = [], []
        for (queries, keys, causal, _), members in groups.items():
            title = self._title(queries, keys, causal, fields)
            value, found = self._value(members, steps[queries], steps[keys], title, thing(fields.inputs[keys[0]]))
            shown.append(value)
            heads += [{"map": title, **head.document()} for head in found]
        step(1, 1)
        says = " ".join(f"{value.title}: {value.note}" if len(shown) > 1 else value.note for value in shown)
        return Finding(f"{says} Where it looked is not why it decided.", shown, {"heads": heads})

    @staticmethod
    def _title(queries: Side, keys: Side, causal: bool, fields: Fields) -> str:
        if queries != keys:
            return f"Where it looked: cross-attention, from “{queries[0]}” into “{keys[0]}”"
        where = f" within “{keys[0]}”" if len(fields.inputs) > 1 else ""
        return f"Where it looked: {'causal ' if causal else ''}self-attention{where}"

    def _value(
        self, layers: Sequence[Sided], asks: Steps, seen: Steps, title: str, thing: str
    ) -> tuple[Value, list[Head]]:
        """The maps of layers alike, and what each head does."""
        rows, columns = (np.flatnonzero(as_array(each.there)) for each in (asks, seen))
        weights = np.stack([as_array(layer.attended.weights[0]) for layer in layers])[:, :, rows]
        own = weights[..., columns]  # (layers, heads, queries, keys)
        names = layer_names([layer.attended.place for layer in layers])
        seeing = Seeing(
            [asks.names[row] for row in rows], [seen.names[column] for column in columns],
            may_see(layers[0], own), layers[0].queries == layers[0].keys, asks.ordered and seen.ordered, thing,
        )  # fmt: skip
        heads = [
            Head(name, number + 1, best(own[place, number], seeing), evenness(own[place, number], seeing))
            for place, name in enumerate(names)
            for number in range(own.shape[1])
        ]
        first = heads.index(min(heads, key=lambda head: head.standing))
        padding = weights.sum(-1) - own.sum(-1)
        data, queries, keys = _cut(own, seeing, padding, self.most)
        kind = Attention(layers=names, queries=queries, keys=keys, crossing=not seeing.itself)
        chosen = np.array(divmod(first, own.shape[1]))
        lost = float(padding.mean())
        note = (
            told(heads, thing)
            + most_looked_at(own, seeing)
            + (f" {100 * lost:.0f} % of all looks went to padding." if lost > 0.005 else "")
        )
        return Value(kind, data.astype(np.float32), title, note, {"chosen": chosen}), heads


def is_causal(layer: Sided) -> bool:
    """Whether no step looked ahead: exactly 0 there, as only a mask makes it."""
    weights = layer.attended.weights[0]
    return layer.queries == layer.keys and len(weights[0]) > 1 and not bool(weights.triu(1).any())


def may_see(layer: Sided, own: Array) -> Array:
    """(queries, keys) where a look is allowed."""
    allowed = np.ones(own.shape[2:], dtype=bool)
    return np.tril(allowed) if is_causal(layer) else allowed


def _cut(own: Array, seeing: Seeing, padding: Array, most: int) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """The last `most` steps, all looks at others in columns of their own so that rows sum to 1."""
    queries, keys, data = list(seeing.queries)[-most:], list(seeing.keys)[-most:], own[:, :, -most:]
    beside = []
    if len(seeing.keys) > most:
        beside.append((REST, data[..., :-most].sum(-1)))
        data = data[..., -most:]
    if float(padding.max(initial=0)) > 0.005:
        beside.append((PADDING, padding[:, :, -most:]))
    for name, column in beside:
        keys.append(name)
        data = np.concatenate([data, column[..., None]], axis=-1)
    return data, tuple(queries), tuple(keys)
