"""SpeechRecognition: what is said in a sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.shape import FREE
from dlviz.core.values import Audio, Tokens, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.datasets.tokenizer import UNKNOWN_ID, visible
from dlviz.generation.ctc import BLANK, beam, best_path
from dlviz.network.graph import Graph
from dlviz.tasks.interval import bootstrap
from dlviz.tasks.speech_metrics import ErrorRate, errors, text_of, texts_of
from dlviz.tasks.speech_starters import recipe, starters
from dlviz.tasks.speech_views import alignment, said_table
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array
from dlviz.tasks.told import Choice, Told, share

#: What is quieter is the silence with which a sound is filled up.
SILENT = 1e-4
#: How many symbols of a sound can be chosen from.
CHOICES = 24
#: Of so many of the training transcripts at most a network may have too few steps.
_TOO_SHORT = 0.02


class SpeechRecognition(Task):
    """Write down what is said in a sound: learned from sounds and their texts alone, without being told when each
    letter is heard.

    The network says at each moment how likely each symbol is, or "nothing new" (the blank, symbol 0). The loss is CTC's
    -log p(text), where p is the sum over all ways to place the text's symbols in time (Graves et al. 2006), over all
    texts, divided by the number of their symbols. Moments after the sound's end count nowhere.
    """

    primary: ClassVar[str] = "wer"
    higher_is_better: ClassVar[bool] = False

    beam: int = setting(
        1,
        "How many beginnings are kept while the text is searched for. 1: the likeliest symbol at each moment, which is "
        "fast. More: the likeliest text, though its paths are many.",
        ge=1, le=100,
    )  # fmt: skip

    def why_not(self, fields: Fields) -> str | None:
        kinds, targets = list(fields.inputs.values()), list(fields.targets.values())
        if len(kinds) == 1 and isinstance(kinds[0], Audio) and len(targets) == 1 and isinstance(targets[0], Tokens):
            return None
        came = f"{_named(fields.inputs)} and as target {_named(fields.targets)}"
        return f"Speech recognition needs one sound and as its target what is said in it; this data has {came}."

    def roles(self, fields: Fields) -> dict[str, Role]:
        shapes = {name: kind.shape() for name, kind in fields.inputs.items()}
        about = "one logit for each symbol, the first for the blank, at as many moments as you like"
        return {"model": Role(shapes, (FREE, len(_tokens(fields).vocabulary)), about)}

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return {title: {"model": made} for title, made in starters(fields).items()}

    def recipe(self, fields: Fields) -> dict[str, Any]:
        return recipe(fields)

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        """Refuse a network with so few moments that texts do not fit into them."""
        if train is None or not len(train):
            return
        sounds, said = train.columns[next(iter(fields.inputs))], train.columns[next(iter(fields.targets))]
        network, mode = networks["model"], networks["model"].training
        with torch.no_grad():
            steps = network.eval()(sounds[:1]).shape[1]
        network.train(mode)
        there = torch.cat([self._steps(piece, steps) for piece in sounds.split(256)])
        missing = _needed(said) > there
        if float(missing.double().mean()) > _TOO_SHORT:
            place = int((_needed(said).double() / there).argmax())
            raise WrongInput(
                f"At each moment a network says one symbol at most, so it needs as many moments as a text has symbols, "
                f"and one more between two equal ones. This network answers at {steps:,} moments, too few for "
                f"{int(missing.sum()):,} of {len(said):,} training sounds: “{text_of(said[place], _tokens(fields))}” "
                f"needs {int(_needed(said)[place])} and has {int(there[place])}. Let it pool less along time, or lower "
                "`hop_length` of LogMel."
            )

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        said = batch[next(iter(fields.targets))]
        logits, steps = self._logits(networks, batch, fields)
        each = self._each(logits, steps, said)
        symbols = (said != 0).sum()
        weight = None if each.requires_grad else float(symbols)
        outputs = self._outputs(logits.detach(), steps, each.detach(), said, fast=each.requires_grad)
        yield Loss("model", each.sum() / symbols.clamp(min=1), outputs, weight)

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """(N, 1 + moments): the loss of each sound by symbol (0 where the target is not known), then the ids of what
        was heard, filled up with 0."""
        logits, steps = self._logits(networks, batch, fields)
        said = batch.get(next(iter(fields.targets)))
        each = logits.new_zeros(len(logits)) if said is None else self._each(logits, steps, said)
        return self._outputs(logits, steps, each, said)

    def _logits(self, networks: Networks, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """((N, T, symbols), (N,) how many of the moments are within the sound)."""
        sounds = batch[next(iter(fields.inputs))]
        logits: Tensor = networks["model"](sounds)
        return logits.float(), self._steps(sounds, logits.shape[1])

    @staticmethod
    def _steps(sounds: Tensor, steps: int) -> Tensor:
        """(N,) up to which of `steps` moments something is heard in each sound (N, samples), and one more."""
        places = torch.arange(1, sounds.shape[1] + 1, device=sounds.device)
        ends = (places * (sounds.abs() > SILENT)).amax(1)
        return (ends * steps / sounds.shape[1]).ceil().long().add(1).clamp(max=steps)

    @staticmethod
    def _each(logits: Tensor, steps: Tensor, said: Tensor) -> Tensor:
        """(N,) -log p(text); 0 where a text has more symbols than its sound has moments."""
        lengths = (said != 0).sum(1)
        table = logits.log_softmax(2).transpose(0, 1)  # (T, N, symbols)
        return F.ctc_loss(table, said, steps, lengths, blank=BLANK, reduction="none", zero_infinity=True)

    def _outputs(
        self, logits: Tensor, steps: Tensor, each: Tensor, said: Tensor | None, fast: bool = False
    ) -> Tensor:  # fmt: skip
        heard = best_path(logits, steps)
        if self.beam > 1 and not fast:
            heard = torch.zeros_like(heard)
            for row, (own, many) in enumerate(
                zip(logits.detach().log_softmax(2).cpu().numpy(), steps.tolist(), strict=True)
            ):
                ids = beam(own[:many], self.beam)[0][0]
                heard[row, : len(ids)] = torch.tensor(ids, dtype=heard.dtype)
        symbols = torch.ones_like(each) if said is None else (said != 0).sum(1).clamp(min=1)
        return torch.cat([(each / symbols)[:, None], heard.float()], dim=1)

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        return outputs[:, 0]

    def metrics(self, fields: Fields) -> dict[str, Any]:
        kind = _tokens(fields)
        return {"wer": ErrorRate(kind, "words"), "cer": ErrorRate(kind, "characters")}

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """((N, moments) ids that were heard, (N, length) true ids)."""
        return outputs[:, 1:].long(), batch[next(iter(fields.targets))]

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """What was heard as ids (N, moments); `more["log_probability"]` (N, moments, symbols) of each symbol at each
        moment, `more["steps"]` (N,) how many of the moments are within the sound."""
        name = next(iter(fields.targets))
        with torch.no_grad():
            logits, steps = self._logits(networks, inputs, fields)
            heard = self._outputs(logits, steps, logits.new_zeros(len(logits)), None)[:, 1:].long()
        more = {"log_probability": np.asarray(logits.log_softmax(2).cpu().numpy()), "steps": steps.cpu().numpy()}
        return {name: Value(fields.targets[name], np.asarray(heard.cpu().numpy()), name, "", more)}

    def targets(self, fields: Fields) -> tuple[str, ...]:
        """Every symbol; the blank is "nothing new"."""
        return tuple("nothing new" if n == BLANK else visible(s) for n, s in enumerate(_tokens(fields).vocabulary))

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        """The log-odds ln p / (1 - p) of that symbol at the moment where they are greatest: whether it is heard at all,
        wherever that is. What is very likely has no more p to gain, but still more odds."""
        logits, steps = self._logits(networks, inputs, fields)
        others = torch.arange(logits.shape[2], device=logits.device) != target
        odds = logits[:, :, target] - logits[:, :, others].logsumexp(2)  # (N, T)
        ended = torch.arange(logits.shape[1], device=logits.device) >= steps[:, None]
        return odds.masked_fill(ended, float("-inf")).amax(1)

    def told(self, networks: Networks, batch: Batch, fields: Fields) -> list[Told]:
        """The text that is heard; each of its symbols may be asked about, and the likeliest of the others."""
        said, kind = batch.get(next(iter(fields.targets))), _tokens(fields)
        with torch.no_grad():
            logits, steps = self._logits(networks, batch, fields)
            path = self._outputs(logits, steps, logits.new_zeros(len(logits)), None)[:, 1:].long()
        true = texts_of(said, kind) if said is not None else None
        names, found = self.targets(fields), []
        for row, heard in enumerate(texts_of(path, kind)):
            highest = as_array(logits[row, : int(steps[row])].softmax(1).amax(0))
            order = [*path[row][path[row] != BLANK].tolist(), *np.argsort(-highest).tolist()]
            listed = [token for token in dict.fromkeys(order) if token not in (BLANK, UNKNOWN_ID)][:CHOICES]
            choices = tuple(Choice(token, names[token], share(float(highest[token]))) for token in listed)
            right = "" if true is None else str(true[row])
            wrong = None if true is None else right != heard
            own = float(min((highest[token] for token in order if token in set(path[row].tolist())), default=0.0))
            found.append(Told(listed[0], str(heard) or "(nothing)", right, wrong, own, choices=choices))
        return found

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        """The word error rate, against always saying the text that was said most often in training."""
        kind, name = _tokens(fields), next(iter(fields.targets))
        known, counts = np.unique(texts_of(train.columns[name], kind), return_counts=True)
        usual = str(known[counts.argmax()])
        true = texts_of(examples.columns[name], kind)
        own = np.array(
            [errors(t, h, "words") for t, h in zip(true, texts_of(outputs[:, 1:].long(), kind), strict=True)]
        )
        plain = np.array([errors(text, usual, "words") for text in true])
        low, high = bootstrap(lambda wrong, of: wrong.sum(1) / np.maximum(of.sum(1), 1), own[:, 0], own[:, 1])
        value, baseline = (float(found[:, 0].sum() / max(1, found[:, 1].sum())) for found in (own, plain))
        guess = f"always saying “{usual}”, the commonest text"
        return Interval("word error rate", value, low, high, baseline, guess, higher_is_better=False)

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        """When it hears what, in the first sounds; and which texts it hears worst."""
        made = {"heard": alignment(self, networks, data, part)}
        if outputs is not None:
            made["texts"] = said_table(data, part, outputs[:, 1:].long().cpu())
        return made


def _needed(said: Tensor) -> Tensor:
    """(N,) how many moments each text (N, length) needs at least: one a symbol, a blank between two equal ones."""
    return (said != 0).sum(1) + ((said[:, 1:] == said[:, :-1]) & (said[:, 1:] != 0)).sum(1)


def _tokens(fields: Fields) -> Tokens:
    kind = next(iter(fields.targets.values()))
    assert isinstance(kind, Tokens)
    return kind


def _named(kinds: dict[str, Any]) -> str:
    return ", ".join(f"`{name}` ({kind.kind()})" for name, kind in kinds.items()) or "nothing"
