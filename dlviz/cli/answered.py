"""What `dlviz predict` tells of a network that reads one text and writes another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dlviz.training.restore import Restored

#: How an answer is searched.
BEAM = click.option(
    "--beam",
    type=click.IntRange(1, 10),
    default=1,
    help="Of a network that answers a text: the beginnings it keeps; 1: the likeliest token each time.",
)


def answers(restored: Restored) -> bool:
    """Whether the run's network reads one text and writes another."""
    return restored.task.kind() == "SequenceToSequence"


def answered(restored: Restored, file: str, beam: int) -> list[dict[str, Any]]:
    """One record for each text of the file."""
    from dlviz.trying.answering import lines

    return lines(restored, file, beam)


def row(record: dict[str, Any]) -> list[str]:
    return [str(record["index"] + 1), record["input"], record["prediction"]]
