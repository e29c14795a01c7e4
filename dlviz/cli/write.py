"""`dlviz write`: a trained language model writes on."""

from __future__ import annotations

from pathlib import Path

import click
import torch

from dlviz.cli.control import find
from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.datasets.midi import write_midi
from dlviz.datasets.music_encoder import MusicEncoder
from dlviz.datasets.synthesis import wav
from dlviz.datasets.text_encoder import TextEncoder

#: How a tune is written, by the ending of the file.
WRITTEN = {".mid": write_midi, ".wav": wav}


@click.command()
@click.argument("run")
@click.option("--prompt", default="", help="The beginning of the text, or of a tune in ABC notation.")
@click.option("--out", default="", help="Where a tune is written to: a file .mid or .wav. Without: its notes as text.")
@click.option("--many", type=click.IntRange(1, 20_000), default=300, help="How many tokens are written.")
@click.option("--temperature", type=click.FloatRange(0, 5), default=0.8, help="0: always the likeliest; 1: as learned.")
@click.option("--top-k", type=click.IntRange(0), default=0, help="Draw from so many of the likeliest alone; 0: all.")
@click.option("--top-p", type=click.FloatRange(0, 1), default=1.0, help="Draw from the fewest that have this share.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Another seed, another text.")
def write(
    run: str, prompt: str, out: str, many: int, temperature: float, top_k: int, top_p: float, seed: int
) -> None:  # fmt: skip
    """What the language model of RUN (an id, a folder, or `latest`) writes after a beginning."""
    from dlviz.generation.write import write as written
    from dlviz.training.restore import restore

    restored = restore(find(run))
    name, kind = next(iter(restored.fields.inputs.items()))
    encoder = restored.encoders.get(name)
    if (
        restored.task.kind() != "LanguageModel"
        or not isinstance(encoder, TextEncoder | MusicEncoder)
        or not isinstance(kind, Tokens)
    ):
        raise WrongInput(
            f"Only a language model can write. Received: a run of {restored.task.kind()}. Train one on a long text, as "
            "the lesson on writing does."
        )
    music = encoder if isinstance(encoder, MusicEncoder) else None
    if out and (music is None or Path(out).suffix.lower() not in WRITTEN):
        raise WrongInput(
            f"`--out` takes a tune as a file {' or '.join(WRITTEN)}. Received: {out}"
            f"{'' if music is not None else ', and a network that writes text: it is shown here'}."
        )
    read = encoder.taken_apart()
    ids = read.encode([prompt if music is not None else prompt or "\n"])[0] or [1]
    random = torch.Generator().manual_seed(seed)
    more = written(
        restored.networks["model"], torch.tensor(ids), kind, many=many, temperature=temperature,
        top_k=top_k, top_p=top_p, random=random,
    )  # fmt: skip
    if music is not None:
        more = music.one_tune(more)
    if out and music is not None:
        score = music.score([*ids, *more])
        try:
            Path(out).write_bytes(WRITTEN[Path(out).suffix.lower()](score))
        except OSError as error:
            raise WrongInput(f"{out} cannot be written: {error.strerror}.") from None
        click.echo(f"{len(score.notes):,} notes, {score.seconds:.1f} seconds, written to {out}.")
        return
    click.echo(read.decode([*ids, *more] if prompt else list(more)))
