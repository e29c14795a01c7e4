"""AttentionOfAnswer: for each token of an answer, where the network looked."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Attention, Attribution, Value
from dlviz.datasets.answer_encoder import END
from dlviz.datasets.data import Fields
from dlviz.explainers.attention_relevance import gradient_relevance, look_gradients, rollout
from dlviz.explainers.attention_sides import Run, Side, Sided, sided
from dlviz.explainers.explainer import Question, Step
from dlviz.studies.attention_asked import Asked, answers, asked
from dlviz.studies.attention_patterns import Seeing, best
from dlviz.studies.attention_run import named, whole, why_not_looking
from dlviz.studies.study import Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task, as_array


class AttentionOfAnswer(Study):
    """Puts the looks of all layers together for each token that is answered: of the text that was read, which tokens
    it looked at when it said this one.

    `rollout`: all looks count alike, half of each step goes past them (Abnar & Zuidema 2020; a look at another text
    takes its half from there). `gradient`: looks count by how much the logit of the token that is said would rise with
    them, by the rules for encoder and decoder (Chefer, Gur & Wolf 2021). A row's shares sum to 1; a row of 0s: no look
    raised that logit.
    """

    paper: ClassVar[str] = (
        "Abnar & Zuidema 2020, Quantifying Attention Flow in Transformers, arXiv:2005.00928; Chefer, Gur & Wolf 2021, "
        "Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder Transformers, "
        "arXiv:2103.15679"
    )
    reading: ClassVar[str] = (
        "It shows where it looked, never why it decided: a row is a token of the answer, its shares say which tokens "
        "the looks of all layers lead back to."
    )
    misleads: ClassVar[str] = (
        "What it knows without looking, as that an article often follows a verb, is not seen; and a token that was "
        "looked at need not be what made the difference."
    )
    cost: ClassVar[str] = "one pass there and back for each token of the answer"
    group: ClassVar[Group] = "attention"

    method: Literal["rollout", "gradient"] = setting(
        "rollout",
        "`rollout`: all looks count alike. `gradient`: by how much they raise what is said; where the network is "
        "already sure, a look that decides may then count for nothing, for more of it would not help.",
    )
    answer: Literal["written", "wanted"] = setting(
        "written", "Of a network that reads a text and writes another: its own answer, or the one that was wanted."
    )
    token: int = setting(0, "The token of the answer that is shown by itself, counted from 1. 0: the last.", ge=0)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        why = why_not_looking(task, networks, fields)
        if why is None and not answers(task):
            why = "It needs a network that answers a text token by token: one that writes, fills gaps or gives tags."
        return why

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        fields, networks = question.data.fields, question.networks
        run = whole(question.task, networks, fields)
        tokens = asked(question, run, self.answer == "wanted")
        if not tokens:
            raise WrongInput("This example is empty: there is no token to be answered. Choose another.")
        if self.token > len(tokens):
            raise WrongInput(f"`token` must be at most {len(tokens)}, the answer's tokens. Received: {self.token}.")
        rows = []
        for number, one in enumerate(tokens):
            step(number, len(tokens))
            layers, found = self._looks(question, run, one)
            rows.append(found)
        shown, numbers = [], {}
        with torch.no_grad():
            steps = named(networks, run, tokens[-1].inputs, fields, layers)
        said = tuple(one.said for one in tokens)
        sides = sorted(rows[0], key=lambda side: list(fields.inputs).index(side[0]))
        for side in sides:
            own = np.flatnonzero(as_array(steps[side].there))
            table = shares(np.stack([as_array(row[side])[own] for row in rows]))
            keys = tuple(steps[side].names[at] for at in own)
            shown += self._shown(table, said, keys, f" in “{side[0]}”" if len(sides) > 1 else "")
            numbers[side[0]] = {"said": said, "tokens": keys, "looks": table.round(4).tolist()}
        step(len(tokens), len(tokens))
        return Finding(f"{shown[0].note} Where it looked is not why it said so.", shown, numbers)

    def _looks(self, question: Question, run: Run, one: Asked) -> tuple[list[Sided], dict[Side, Tensor]]:
        """The layers of a token's pass, and what its step has of each step of each sequence that was looked at."""
        with torch.set_grad_enabled(self.method == "gradient"):
            layers, said = sided(question.networks, run, one.inputs, question.data.fields)
        if not layers or layers[-1].queries[1] != said.shape[1]:
            raise WrongInput("The last attention of this network does not go along its answer. See AttentionMaps.")
        asks = layers[-1].queries
        if self.method == "rollout":
            mixture, itself = rollout(layers), 0.5 ** sum(layer.queries == asks for layer in layers)
        else:
            mixture, itself = gradient_relevance(layers, look_gradients(layers, said[0, one.step, one.target])), 1.0
        # what a step has of itself because it went past every look is no look
        mixture[asks, asks] = (mixture[asks, asks] - itself * torch.eye(asks[1], dtype=torch.float64)).clamp(min=0)
        return layers, {side: mixture[asks, side][one.step] for side in dict.fromkeys(layer.keys for layer in layers)}

    def _shown(self, table: Array, said: tuple[str, ...], keys: tuple[str, ...], where: str) -> list[Value]:
        """The whole table, and one token's row over the text."""
        at = self.token - 1 if self.token else len(said) - 1 - (said[-1] == END and len(said) > 1)
        most = int(table[at].argmax())
        rule = best(table, Seeing(said, keys, np.ones(table.shape, dtype=bool), False, True, "token"))
        follows = f" Along the answer it looks at {rule.at} ({100 * rule.share:.0f} % of its looks)." if rule else ""
        note = (
            f"For “{said[at]}”, token {at + 1} of the answer, it looked most at “{keys[most]}”, token {most + 1} "
            f"({100 * table[at][most]:.0f} % of its looks).{follows}"
            if table[at].sum() > 0
            else f"No look raised “{said[at]}”, token {at + 1} of the answer."
        )
        kind = Attention(layers=("all layers",), queries=said, keys=keys, crossing=True)
        title = f"Where it looked{where} for"
        return [
            Value(kind, table[None, None].astype(np.float32), f"{title} each token of the answer", note),
            Value(Attribution(names=keys, over="text"), table[at], f"{title} “{said[at]}”", note),
        ]  # fmt: skip


def shares(table: Array) -> Array:
    """Rows of numbers of at least 0, each scaled to sum to 1; a row of 0s stays."""
    sums = table.sum(1, keepdims=True)
    return np.asarray(np.divide(table, sums, out=np.zeros_like(table), where=sums > 1e-30))
