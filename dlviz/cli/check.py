"""`dlviz check`: shapes, parameters and problems of a spec, without training it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from dlviz.cli.documents import spec_document
from dlviz.cli.tables import amount, table
from dlviz.core.problems import Problem, WrongInput

if TYPE_CHECKING:
    from dlviz.network.report import Report
    from dlviz.training.spec import Spec


@click.command()
@click.argument("spec")
@click.option("--set", "changes", multiple=True, metavar="PLACE=VALUE", help="Change a setting: training.epochs=3")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def check(ctx: click.Context, spec: str, changes: tuple[str, ...], as_json: bool) -> None:
    """Shapes, parameters and problems of SPEC (a file, or the name of a lesson). Exit code 2 on problems."""
    from dlviz.training.spec import Spec
    from dlviz.training.start import of_draft

    try:
        parsed = of_draft(Spec.parse(spec_document(spec, changes)))
        fields = parsed.data.describe(parsed.seed)
        complete = parsed.completed(fields)
    except WrongInput as error:
        if as_json:
            click.echo(json.dumps({"ok": False, "problems": [_problem(problem) for problem in error.problems]}))
            ctx.exit(2)
        raise
    from dlviz.cli.reports import problems_of, reports

    found = reports(complete, fields)
    problems = problems_of(found)
    if as_json:
        document = {
            "ok": not problems,
            "task": complete.task.document() if complete.task else None,
            "networks": {role: _document(report, complete) for role, report in found.items()},
            "problems": [
                {
                    "place": ".".join(part for part in ("networks", role, problem.node) if part),
                    "message": problem.message,
                    "remedies": [{"title": r.title, "network": r.graph.document(brief=True)} for r in problem.remedies],
                }
                for role, report in found.items()
                for problem in report.problems
            ],
        }
        click.echo(json.dumps(document))
    else:
        for role, report in found.items():
            _print(role, report, complete)
        for problem in problems:
            click.echo(f"dlviz: {problem}", err=True)
    ctx.exit(2 if problems else 0)


def _problem(problem: Problem) -> dict[str, Any]:
    return {"place": problem.place, "message": problem.message, "remedies": []}


def _bytes(report: Report, spec: Spec) -> int:
    assert spec.training is not None and spec.optimization is not None
    return report.training_bytes(spec.training.batch_size, spec.optimization.optimizer.state_per_weight())


def _document(report: Report, spec: Spec) -> dict[str, Any]:
    return {
        "nodes": [
            {"name": node.name, "shape": node.shape, "parameters": node.parameters, "flops": node.flops}
            for node in report.nodes.values()
        ],
        "parameters": report.parameters,
        "flops": report.flops,
        "training_bytes": _bytes(report, spec),
    }


def _print(role: str, report: Report, spec: Spec) -> None:
    assert spec.networks is not None and spec.training is not None
    click.echo(f"{role}:")
    rows = []
    for node in spec.networks[role]:
        known = report.nodes.get(node.name)
        shape = "?" if known is None or known.shape is None else " × ".join(map(str, known.shape)) or "1"
        rows.append(
            [
                node.name,
                node.layer.called() + (f" ×{repeat}" if (repeat := getattr(node.layer, "repeat", 1)) > 1 else ""),
                shape,
                f"{known.parameters:,}" if known else "",
                amount(known.flops) if known else "",
            ]
        )
    click.echo(table(["layer", "kind", "output", "parameters", "operations"], rows))
    click.echo(
        f"{report.parameters:,} parameters, {amount(report.flops)} operations an example, "
        f"{amount(_bytes(report, spec))}B for a training step of {spec.training.batch_size}.\n"
    )
