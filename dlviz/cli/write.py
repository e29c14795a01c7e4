"""`dlviz write`: a trained language model writes on."""

from __future__ import annotations

import click
import torch

from dlviz.cli.control import find
from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.datasets.text_encoder import TextEncoder


@click.command()
@click.argument("run")
@click.option("--prompt", default="", help="The beginning of the text.")
@click.option("--many", type=click.IntRange(1, 20_000), default=300, help="How many tokens are written.")
@click.option("--temperature", type=click.FloatRange(0, 5), default=0.8, help="0: always the likeliest; 1: as learned.")
@click.option("--top-k", type=click.IntRange(0), default=0, help="Draw from so many of the likeliest alone; 0: all.")
@click.option("--top-p", type=click.FloatRange(0, 1), default=1.0, help="Draw from the fewest that have this share.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Another seed, another text.")
def write(run: str, prompt: str, many: int, temperature: float, top_k: int, top_p: float, seed: int) -> None:
    """What the language model of RUN (an id, a folder, or `latest`) writes after a beginning."""
    from dlviz.generation.write import write as written
    from dlviz.training.restore import restore

    restored = restore(find(run))
    name, kind = next(iter(restored.fields.inputs.items()))
    encoder = restored.encoders.get(name)
    if restored.task.kind() != "LanguageModel" or not isinstance(encoder, TextEncoder) or not isinstance(kind, Tokens):
        raise WrongInput(
            f"Only a language model can write. Received: a run of {restored.task.kind()}. Train one on a long text, as "
            "the lesson on writing does."
        )
    read = encoder.taken_apart()
    ids = read.encode([prompt or "\n"])[0] or [1]
    random = torch.Generator().manual_seed(seed)
    more = written(
        restored.networks["model"], torch.tensor(ids), kind, many=many, temperature=temperature,
        top_k=top_k, top_p=top_p, random=random,
    )  # fmt: skip
    click.echo(read.decode([*ids, *more] if prompt else list(more)))
