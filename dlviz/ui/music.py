"""Music on a page: piano rolls that play."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np
import streamlit as st

from dlviz.core.values import Notes, Value

#: So many tunes are shown at most.
MOST = 8


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.music", html='<div class="dlviz-tunes"></div>', js="music.js", isolate_styles=False
    )


def rolls(value: Value, key: str, noun: str = "Example") -> None:
    """The first pieces of `value`, each as a piano roll with a button that plays it."""
    kind = cast(Notes, value.kind)
    begun = value.more.get("begun")
    tunes = []
    for number, rows in enumerate(np.asarray(value.data)[:MOST]):
        tune = {"notes": rows[rows[:, 2] >= 0].tolist(), "per_quarter": kind.per_quarter, "tempo": kind.tempo}
        if begun is not None:
            tune["begun"] = int(begun[number])
        tunes.append({**tune, "label": f"{noun} {number + 1}" if len(value.data) > 1 else noun, "saved": ""})
    _component()(key=key, data={"tunes": tunes})
