"""The same verbs from a terminal. Exit codes: 0 done, 1 failed, 2 wrong input."""

from __future__ import annotations

import sys

import click

from dlviz import __version__
from dlviz.cli.app import app
from dlviz.cli.bring import bring
from dlviz.cli.check import check
from dlviz.cli.code import code, draw
from dlviz.cli.control import pause, resume, set_settings, step, stop
from dlviz.cli.doctor import doctor
from dlviz.cli.explain import explain
from dlviz.cli.fork import fork
from dlviz.cli.lr import lr
from dlviz.cli.parts import parts
from dlviz.cli.predict import predict
from dlviz.cli.runs import runs
from dlviz.cli.train import train
from dlviz.cli.write import write
from dlviz.core.problems import WrongInput


class Verbs(click.Group):
    """The verbs; wrong input ends with a line a problem and exit code 2, never with a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except WrongInput as error:
            for problem in error.problems:
                click.echo(f"dlviz: {problem}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            sys.stderr.close()  # whoever read our output has gone; nothing is wrong
            ctx.exit(0)
        except OSError as error:  # a full disk, a home that may not be written
            where = f" ({error.filename})" if error.filename else ""
            click.echo(f"dlviz: A file could not be read or written: {error.strerror or error}{where}.", err=True)
            ctx.exit(1)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dlviz")
def main() -> None:
    """Click a neural network together, watch it learn, see why it decides as it does."""


for verb in (
    train,
    fork,
    bring,
    pause,
    resume,
    step,
    set_settings,
    stop,
    lr,
    check,
    code,
    draw,
    explain,
    predict,
    write,
    doctor,
    runs,
    parts,
    app,
):
    main.add_command(verb)
