"""The network of a run as it learns: every unit's surface, every layer's pictures, at any kept moment of the run.

The browser asks for what is drawn by itself (`living/routes.py`, the moments' route) and follows the run through the
live stream; the page only says which run is shown.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from dlviz.core.files import read_record
from dlviz.draw import palette
from dlviz.training.folder import RunFolder
from dlviz.ui import chrome, stream


def show(run: RunFolder) -> None:
    """The network of `run`, with room kept for it: nothing below moves when it comes."""
    status = run.status()
    if status == "failed" and not run.events_file.exists():
        return  # it never took a step: nothing was learned
    _component()(
        key=f"living-{run.id}",
        data={
            "run": run.id,
            "status": status,
            "roles": max(1, len(run.spec_document().get("networks") or ())),  # so much room is kept
            "plane": _plane(run),
            "dark": chrome.dark(),
            "stream": stream.PATH,
            "living": f"/dlviz/living/{run.id}",
            "moments": f"/dlviz/moments/{run.id}",
            "command": f"/dlviz/runs/{run.id}/command",
            "colors": _colors(),
        },
    )


def _plane(run: RunFolder) -> bool:
    """Whether the run's examples are points of the plane, as far as it is known yet."""
    if (run.spec_document().get("data") or {}).get("kind") == "Toy2d":
        return True
    fields = (read_record(run.path / "data.json") or {}).get("fields")
    inputs = fields.get("inputs") if isinstance(fields, dict) else None
    kinds = list(inputs.values()) if isinstance(inputs, dict) else []
    return len(kinds) == 1 and isinstance(kinds[0], dict) and len(kinds[0].get("names") or ()) == 2


@cache
def _colors() -> dict[str, Any]:
    """The palette, each colour as [light, dark]."""
    both = (False, True)
    return {
        "diverging": [palette.diverging(dark) for dark in both],
        "sequential": [palette.sequential(dark) for dark in both],
        "classes": [[palette.category(index, dark) for dark in both] for index in range(10)],
        "groups": {name: [palette.group(name, dark) for dark in both] for name in palette.GROUPS},
        "grounds": [vars(palette.ground(dark)) for dark in both],
        "symbols": list(palette.SYMBOLS),
    }


@cache
def _component() -> Any:
    html = '<div class="dlviz-living"></div>'
    return st.components.v2.component(
        "dlviz.living_network", html=html, css="living.css", js="living.js", isolate_styles=False
    )
