"""How well one class is found among the others: precision, recall and F1 of that class alone."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def class_f1(classes: int, place: int) -> Any:
    """A torchmetrics metric: F1 of the class `place` of `classes` alone, 2·right / (said + true).

    The usual `f1` is the mean over all classes, where those that are easy to tell make up for a rare one.
    """
    from torchmetrics.classification import MulticlassF1Score

    return MulticlassF1Score(classes, average="none", validate_args=False)[place]


def in_words(counts: Tensor, names: tuple[str, ...]) -> str:
    """From counts (true, predicted): how much of what is said to be a class is, how much of it is found, and F1; a
    sentence a class."""
    told = []
    for place, name in enumerate(names):
        right, said, true = int(counts[place, place]), int(counts[:, place].sum()), int(counts[place].sum())
        if said and true:
            told.append(
                f"{name}: {right / said:.0%} of what is called so is (precision), {right / true:.0%} of it is found "
                f"(recall), F1 {2 * right / (said + true):.3f}."
            )
    return " ".join(told)
