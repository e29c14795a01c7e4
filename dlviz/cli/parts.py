"""`dlviz parts`: everything that can be picked, with its settings."""

from __future__ import annotations

import json
from typing import Any

import click

#: What some families say of a part beside what it is.
_TOLD = ("advice", "formula", "paper")


@click.command()
@click.argument("family", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def parts(family: str | None, as_json: bool) -> None:
    """All parts, or those of one FAMILY (layers, datasets, optimizers …): settings, bounds, help."""
    from dlviz.core.part import families
    from dlviz.core.part import family as members

    names = [family] if family else [name for name in families() if name not in ("kinds", "encoders")]
    found = {name: {kind: _document(part) for kind, part in members(name).items()} for name in names}
    if as_json:
        click.echo(json.dumps(found, default=str))
        return
    for name, kinds in found.items():
        click.echo(click.style(name, bold=True))
        for kind, part in kinds.items():
            click.echo(f"  {kind}: {part['about']}")
            for name in _TOLD:
                if family and part.get(name):
                    click.echo(f"    {name}: {part[name]}")
            for item in part["settings"]:
                click.echo(f"    {item['name']} = {item['default']!r} {_bounds(item)}".rstrip())
                if family:
                    click.echo(f"        {item['help']}")


def _document(part: Any) -> dict[str, Any]:
    fields = ("name", "type", "default", "required", "optional", "choices", "low", "high", "low_open", "high_open")
    settings = [{key: getattr(item, key) for key in (*fields, "help", "unit", "advanced")} for item in part.settings()]
    more = {name: getattr(part, name) for name in _TOLD if getattr(part, name, "")}
    told = {name: value() if callable(value) else value for name, value in more.items()}
    return {"about": part.about(), **told, "settings": settings}


def _bounds(item: dict[str, Any]) -> str:
    words = []
    if item["low"] is not None:
        words.append(f"{'>' if item['low_open'] else '≥'} {item['low']:g}")
    if item["high"] is not None:
        words.append(f"{'<' if item['high_open'] else '≤'} {item['high']:g}")
    if item["choices"]:
        words.append(" | ".join(map(str, item["choices"])))
    return f"({', '.join(words)})" if words else ""
