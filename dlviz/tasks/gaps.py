"""Gaps: tokens of a text that are hidden, to be guessed from what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from dlviz.core.values import Tokens
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.tokenizer import UNKNOWN_ID

#: How a person writes a gap.
BLANK = re.compile(r"_{2,}|\[mask\]|<mask>", re.IGNORECASE)
#: Of the chosen tokens, the share that is hidden in training, and that up to which one becomes another token by chance;
#: the rest stays, so that a network has to doubt what it reads, too (Devlin et al. 2019).
HIDDEN, OTHER = 0.8, 0.9


def mask_id(kind: Tokens) -> int:
    """The number of the mask: the first that no token of the vocabulary has."""
    return len(kind.vocabulary)


def chosen(ids: Tensor, share: float, scores: Tensor) -> Tensor:
    """Which tokens (N, L) are to be guessed: of each text a share of those known, the lowest of `scores` (N, L), one at
    least. Padding and unknown tokens never are: there is no word to find."""
    known = ids > UNKNOWN_ID
    many = known.sum(1, keepdim=True)
    wanted = torch.minimum((share * many).round().clamp(min=1), many)
    last = scores.masked_fill(~known, torch.finfo(scores.dtype).max)
    place = last.argsort(dim=1).argsort(dim=1)
    return torch.logical_and(place < wanted, known)


def fixed_scores(ids: Tensor) -> Tensor:
    """Numbers (N, L) that look like chance and follow from each text alone: the same gaps each time, wherever the text
    stands, however far it is padded, whatever stands beside it."""
    places = _stirred(torch.arange(1, ids.shape[1] + 1, device=ids.device))
    text = _stirred((ids * places).sum(1, keepdim=True))
    return (_stirred(text + places) & (2**52 - 1)).double()


def spoilt(ids: Tensor, share: float, vocabulary: int) -> tuple[Tensor, Tensor]:
    """Texts (N, L) as training shows them, and which of their tokens are to be guessed; all chance is torch's own,
    which a run seeds."""
    guessed = chosen(ids, share, torch.rand(ids.shape, device=ids.device))
    luck = torch.rand(ids.shape, device=ids.device)
    other = torch.randint(UNKNOWN_ID + 1, vocabulary, ids.shape, device=ids.device)
    seen = torch.where(luck < HIDDEN, vocabulary, torch.where(luck < OTHER, other, ids))
    return torch.where(guessed, seen, ids), guessed


def hidden(ids: Tensor, share: float, vocabulary: int) -> tuple[Tensor, Tensor]:
    """Texts (N, L) as they are measured: each chosen token hidden, always the same; and which these are."""
    guessed = chosen(ids, share, fixed_scores(ids))
    return ids.masked_fill(guessed, vocabulary), guessed


def with_gaps(encoder: TextEncoder, texts: Sequence[str], mask: int) -> Tensor:
    """Texts as ids (N, length), with `mask` where one has a blank: `___` or `[MASK]`."""
    read = encoder.taken_apart()
    ids = torch.zeros(len(texts), encoder.length, dtype=torch.int64)
    for row, text in enumerate(texts):
        own: list[int] = []
        for number, piece in enumerate(BLANK.split(text)):
            if encoder.tokenizer != "characters":
                piece = piece.rstrip(" ")  # the space before a gap belongs to the word in it
            own += [*([mask] if number else []), *read.encode([piece])[0]]
        kept = own[: encoder.length]
        ids[row, : len(kept)] = torch.tensor(kept, dtype=torch.int64)
    return ids


def _stirred(numbers: Tensor) -> Tensor:
    """Each number (int64) thrown far away, neighbours apart (the finaliser of SplitMix64, Steele et al. 2014)."""
    for shift, factor in ((30, -0x40A7B892E31B1A47), (27, -0x6B2FB644ECCEEE15)):
        numbers = (numbers ^ ((numbers >> shift) & ((1 << (64 - shift)) - 1))) * factor
    return numbers ^ ((numbers >> 31) & ((1 << 33) - 1))
