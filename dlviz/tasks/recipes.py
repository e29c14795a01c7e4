"""How long and with what steps a spec trains that says nothing about it.

Chosen on validation parts over several seeds: on the built-in data sets each comes to rest within a minute on two
cores, and none depends on where exactly the rate or the number of epochs lies.
"""

from __future__ import annotations

from typing import Any

from dlviz.core.values import Audio, Image, Tokens
from dlviz.datasets.data import Fields
from dlviz.tasks.audio_starters import audio_recipe
from dlviz.tasks.starters import is_plane, is_short, is_tiny

#: Above so many examples an epoch is long enough to count in ones, not tens.
MANY = 20_000


def recipe(fields: Fields) -> dict[str, Any]:
    """For networks that predict a class or a number."""
    kind, size = next(iter(fields.inputs.values())), fields.size or 0
    if isinstance(kind, Image):
        if size > MANY:
            return _made({"kind": "Adam", "lr": 0.001}, "Constant", epochs=5, batch_size=128)
        rate = 0.005 if is_tiny(kind) else 0.002
        return _made({"kind": "Adam", "lr": rate}, "OneCycleLR", epochs=20, batch_size=32)
    if isinstance(kind, Tokens):
        return _for_texts(size)
    if isinstance(kind, Audio):
        return audio_recipe(size, _made)
    if is_plane(kind) and size <= MANY // 4:
        return _made({"kind": "Adam", "lr": 0.01}, "Constant", epochs=100, batch_size=10)
    if size > MANY:
        return _made({"kind": "AdamW", "lr": 0.003}, "CosineAnnealingLR", epochs=10, batch_size=256)
    if not is_short(fields):
        return _made({"kind": "AdamW", "lr": 0.003}, "CosineAnnealingLR", epochs=20, batch_size=64)
    # a strong pull on the weights keeps the answer smooth: a network of a few hundred rows should be nearly linear
    short = {"kind": "AdamW", "lr": 0.01, "weight_decay": 1.0}
    return _made(short, "CosineAnnealingLR", epochs=30, batch_size=16)


def _for_texts(size: int) -> dict[str, Any]:
    """A network of texts soon knows single words by heart, so some are hidden from it; that also teaches it what an
    unknown word means."""
    epochs, batch = (4, 128) if size > MANY else (10, 64) if size > 2000 else (30, 32)
    made = _made({"kind": "AdamW", "lr": 0.003}, "CosineAnnealingLR", epochs=epochs, batch_size=batch)
    made["optimization"]["augmentations"] = [{"kind": "WordDropout"}]
    return made


def gan_recipe(fields: Fields) -> dict[str, Any]:
    """For the two networks of a Gan: short memory of gradients, since the other network keeps changing the game
    (Radford et al. 2016), and a rate that comes to rest, so that the game does."""
    size = fields.size or 0
    epochs = 20 if size > MANY else 200 if isinstance(next(iter(fields.inputs.values())), Image) else 300
    return _made({"kind": "Adam", "lr": 0.002, "beta1": 0.5}, "CosineAnnealingLR", epochs=epochs, batch_size=64)


def reconstruction_recipe(fields: Fields) -> dict[str, Any]:
    """For networks that make examples again: there is much to learn of each, so more epochs than for a class."""
    size = fields.size or 0
    if size > MANY:
        return _made({"kind": "Adam", "lr": 0.001}, "CosineAnnealingLR", epochs=10, batch_size=128)
    epochs, rate = (100, 0.003) if isinstance(next(iter(fields.inputs.values())), Image) else (200, 0.005)
    return _made({"kind": "Adam", "lr": rate}, "CosineAnnealingLR", epochs=epochs, batch_size=64)


def _made(optimizer: dict[str, Any], schedule: str, epochs: int, batch_size: int) -> dict[str, Any]:
    return {
        "optimization": {"optimizer": optimizer, "schedule": {"kind": schedule}},
        "training": {"epochs": epochs, "batch_size": batch_size},
    }
