"""What goes on inside a network while it learns: signals of each layer, distributions, embedding, hardest examples."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from dlviz.draw import palette
from dlviz.ui import chrome, stream


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.signals", html='<div class="dlviz-signals"></div>', css="signals.css", js="signals.js",
        isolate_styles=False,
    )  # fmt: skip


def signals(run: str, status: str, at: int | None, skipped: Mapping[str, str], key: str) -> None:
    """Draw the signals of `run` as they stood at step `at` (None: now). The component fetches what it draws
    itself. `skipped`: why a probe did not look at the newest moment, by its name."""
    _component()(
        key=key,
        data={
            "run": run,
            "status": status,
            "at": at,
            "skipped": dict(skipped),
            "dark": chrome.dark(),
            "stream": stream.PATH,
            "moments": f"/dlviz/moments/{run}",
            "signals": f"/dlviz/signals/{run}",
            "colors": _colors(),
        },
    )


@cache
def _colors() -> list[dict[str, Any]]:
    """What is drawn in which colour, light and dark."""
    return [
        {
            **vars(palette.ground(dark)),
            "classes": [palette.category(number, dark) for number in range(10)],
            "lines": [palette.run(number, dark) for number in range(8)],
            "sequential": palette.sequential(dark),
            "symbols": list(palette.SYMBOLS),
        }
        for dark in (False, True)
    ]
