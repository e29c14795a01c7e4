"""How a network from elsewhere is to be read, as its owner says it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from dlviz.core.part import Part
from dlviz.core.problems import Problems
from dlviz.core.setting import setting


class Reading(Part, abstract=True):
    """How a network takes its inputs, and what its answers mean."""

    scaling: Literal["encoder", "raw", "given"] = setting(
        "encoder",
        "What the network was trained on. `encoder`: inputs as dlviz scales them by the training part, mean 0 and "
        "spread 1. `raw`: as they are, pixels from 0 to 1, columns in their own units. `given`: (raw - mean) / std, "
        "with the numbers below.",
    )
    mean: tuple[float, ...] = setting(
        (), "Of `given`: what is taken away, one number for all or one for each channel or column. Pixels are 0 to 1."
    )
    std: tuple[float, ...] = setting(
        (), "Of `given`: what it is divided by. 0.00392 (1/255) makes pixels from 0 to 255, as some networks take them."
    )
    layout: Literal["auto", "channels_first", "channels_last", "flat"] = setting(
        "auto",
        "In which order a picture's or series' numbers go in. `auto`: as the sizes of the network's input say. "
        "`channels_last`: as TensorFlow has it.",
    )
    answers: Literal["auto", "logits", "probabilities"] = setting(
        "auto",
        "Of classes: what the outputs are. `probabilities`: behind a softmax, or one number behind a sigmoid. `auto`: "
        "found out on training examples.",
    )
    classes: tuple[str, ...] = setting(
        (), "The names of the classes in the order of the outputs, where that is not the data's own order."
    )
    output: str = setting("", "The name of the output to take, where the network has several.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        given = self.scaling == "given"
        if given != bool(self.mean or self.std) or len(self.mean) != len(self.std):
            raise ValueError("`mean` and `std` belong to `scaling: given`, and are of the same length.")
        if any(not size > 0 for size in self.std):
            raise ValueError("`std` must be more than 0.")
        return self

    @classmethod
    def of(cls, document: object, place: str = "reading") -> Reading:
        """The reading that a document asks for. Raises `WrongInput`."""
        problems = Problems()
        made = None
        if isinstance(document, dict):
            given = {"scaling": "given"} if "mean" in document and "scaling" not in document else {}
            made = cls.from_settings({**document, **given}, place, problems)
        else:
            problems.add(place, f"must be a mapping. Received: {document!r}.")
        problems.raise_if_any()
        assert made is not None
        return made
