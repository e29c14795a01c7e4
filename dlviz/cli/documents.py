"""Specs from the command line: a file, changes by `--set`, paths made absolute."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dlviz.core.problems import WrongInput

if TYPE_CHECKING:
    from dlviz.training.spec import Spec


def spec_document(file: str, changes: Sequence[str]) -> dict[str, Any]:
    """The document in `file` (a path, or the name of a lesson) with every `place=value` of `changes` made."""
    from dlviz.lessons import lessons
    from dlviz.training.documents import override, read_document

    path = Path(file)
    if not path.exists() and file in lessons():
        path = lessons()[file]
    document = read_document(path)
    for place, value in settings(changes).items():
        document = override(document, place, value)
    changed: dict[str, Any] = with_absolute_path(document, path.parent)
    return changed


def settings(changes: Sequence[str]) -> dict[str, Any]:
    """`{place: value}` of `place=value` texts; the values are read as YAML, which executes nothing."""
    found: dict[str, Any] = {}
    for change in changes:
        place, sign, text = change.partition("=")
        if not sign or not place:
            raise WrongInput(
                f"A setting has the form place=value, training.epochs=3 for instance. Received: `{change}`."
            )
        try:
            found[place] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise WrongInput(f"{place}: the value is not readable as YAML: {error}") from None
    return found


def with_absolute_path(document: Any, beside: Path) -> Any:
    """`document` with its `data.path` made absolute: as seen from here, or else from beside the spec."""
    data = document.get("data") if isinstance(document, dict) else None
    written = data.get("path") if isinstance(data, dict) else None
    if not isinstance(written, str) or not written or Path(written).is_absolute():
        return document
    here = Path(written).absolute()
    there = (beside / written).absolute()
    path = there if there.exists() and not here.exists() else here
    return {**document, "data": {**document["data"], "path": str(path)}}


def checked(document: Any) -> Spec:
    """The complete spec, its networks free of problems; `WrongInput` lists all that is wrong."""
    from dlviz.cli.reports import problems_of, reports
    from dlviz.training.spec import Spec
    from dlviz.training.start import of_draft

    spec = of_draft(Spec.parse(document))
    fields = spec.data.describe(spec.seed)
    spec = spec.completed(fields)
    problems = problems_of(reports(spec, fields))
    if problems:
        raise WrongInput("\n".join(map(str, problems)), problems)
    return spec
