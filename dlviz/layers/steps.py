"""Steps: what layers over sequences (steps × features) have in common."""

from __future__ import annotations

from dlviz.core.problems import WrongInput
from dlviz.core.shape import Flags, Shape
from dlviz.layers.layer import described


def check_mask(name: str, sequence: Shape, mask: Shape) -> None:
    """Raise `WrongInput` where a padding mask does not have a mark for each step of the sequence that it is for."""
    if isinstance(mask, Flags) and tuple(mask) != tuple(sequence[:1]):
        raise WrongInput(
            f"The mask of {name} must have one mark for each step of the sequence. Received: {described(mask)} for "
            f"{described(sequence)}. Take the mask of the text that this sequence was made of."
        )
