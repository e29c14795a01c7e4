"""Beam search: several beginnings of an answer are kept and gone on with, so that a good second word is not lost to a
tempting first one.

The likeliest answers of all would be found only by trying every one. A beam of width b keeps the b likeliest
beginnings at each step. Since every further token lowers a probability, short answers would win; so the log-probability
is divided by a power of the length (Wu et al. 2016, Google's neural machine translation system, equation 14).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dlviz.datasets.answer_encoder import END_ID, START_ID
from dlviz.generation.answering import answering

WIDTH, PENALTY = 4, 0.6


@dataclass(frozen=True)
class Answer:
    """One answer: its tokens, the end last where it came; the sum of their log-probabilities; that sum divided by the
    length penalty, by which answers are ordered."""

    ids: list[int]
    log_probability: float
    score: float


def penalty(length: int, alpha: float) -> float:
    """((5 + length) / 6)^α: 1 for α = 0, where length costs nothing (Wu et al. 2016)."""
    return float(((5 + length) / 6) ** alpha)


@torch.no_grad()
def beam_search(
    network: nn.Module, source: Tensor, length: int, width: int = WIDTH, alpha: float = PENALTY
) -> list[list[Answer]]:
    """The `width` best answers found to each text (N, S), best first. `network` as in `answering`; answers that do not
    end within `length` tokens are cut there."""
    found: list[list[Answer]] = [[] for _ in source]
    if not len(source):
        return found
    reader = answering(network, source, length)
    begun: list[list[list[int]]] = [[[]] for _ in source]  # the beginnings of each text's answers, best first
    sums = torch.zeros(len(source), 1, device=source.device)
    token = source.new_full((len(source),), START_ID)
    for step in range(1, length + 1):
        logs = reader.read(token).float().log_softmax(1)
        logs[:, :END_ID] = float("-inf")
        beams = sums.shape[1]
        together = (sums[:, :, None] + logs.view(len(source), beams, -1)).flatten(1)
        best, places = together.topk(min(2 * width, together.shape[1]), dim=1)
        own = logs.shape[1]
        rows, tokens, kept = [], [], []
        for text, (values, at) in enumerate(zip(best.tolist(), places.tolist(), strict=True)):
            going: list[tuple[float, int, int]] = []
            for rank, (value, place) in enumerate(zip(values, at, strict=True)):
                if value == float("-inf"):
                    continue
                beam, new = divmod(place, own)
                if new == END_ID or step == length:
                    if rank < width or step == length:
                        _add(found[text], Answer([*begun[text][beam], new], value, value / penalty(step, alpha)), width)
                elif len(going) < width:
                    going.append((value, beam, new))
            if _settled(found[text], going, width, penalty(length, alpha)):
                going = []
            kept.append(going)
        beams_before, beams = beams, max(map(len, kept))
        if not beams:
            break
        sums = torch.full((len(source), beams), float("-inf"), device=source.device)
        after: list[list[list[int]]] = []
        for text, going in enumerate(kept):
            after.append([[*begun[text][beam], new] for _, beam, new in going] or [[]])
            for place in range(beams):  # what is missing is filled up with what cannot win
                value, beam, new = going[place] if place < len(going) else (float("-inf"), 0, END_ID)
                sums[text, place] = value
                rows.append(text * beams_before + beam)
                tokens.append(new)
            after[-1] += [[]] * (beams - len(after[-1]))
        begun = after
        reader.keep(torch.tensor(rows, device=source.device))
        token = torch.tensor(tokens, device=source.device)
    return found


def _add(found: list[Answer], answer: Answer, width: int) -> None:
    """Keep the best `width`."""
    found.append(answer)
    found.sort(key=lambda one: -one.score)
    del found[width:]


def _settled(found: list[Answer], going: list[tuple[float, int, int]], width: int, longest: float) -> bool:
    """Whether nothing that goes on can come among the best: its sum only falls, and is divided by `longest` at most."""
    return len(found) >= width and (not going or going[0][0] / longest <= found[-1].score)
