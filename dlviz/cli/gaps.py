"""What a network that fills gaps says to the texts of a file."""

from __future__ import annotations

from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.training.restore import Restored


def gaps(restored: Restored, file: str) -> list[dict[str, Any]]:
    """A record for each text: the text filled, and of each gap the likeliest words with their probabilities."""
    from dlviz.trying.gaps import filled

    encoder = next(iter(restored.encoders.values()), None)
    if not isinstance(encoder, TextEncoder):
        raise WrongInput("Texts of this run cannot be read from a file: it does not say how they are taken apart.")
    texts = encoder.read(file)
    return [
        {"index": number, "text": text, "filled": said["filled"], "gaps": [dict(gap) for gap in said["gaps"]]}
        for number, (text, said) in enumerate(zip(texts, filled(restored, texts), strict=True))
    ]


def line(record: dict[str, Any]) -> str:
    """The filled text, and below it a line for each gap."""
    rows = [", ".join(f"{word} {share:.1%}" for word, share in list(gap.items())[:5]) for gap in record["gaps"]]
    return "\n".join([record["filled"], *(f"  gap {number}: {row}" for number, row in enumerate(rows, 1))])
