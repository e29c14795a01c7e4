"""A drawing as a small picture for cards and for comparing: HTML that a page can show."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from html import escape
from typing import Any

from dlviz.ui import chrome, experiment
from dlviz.ui.board.entries import Entries


def thumbnail(
    document: Mapping[str, Any],
    networks: Mapping[str, Entries],
    words: str = "",
    width: int = 320,
    height: int = 96,
    narrow: bool = False,
    ringed: Collection[str] = (),
) -> str:
    """An `<img>` of `networks`, drawn for the data and task of `document`, within so many pixels. `words` say what it
    shows to who does not see it; without any it is decoration. `narrow`: in short rows; `ringed`: paths of nodes to
    put a ring around."""
    plain = {key: document[key] for key in ("data", "seed", "task") if key in document}
    how = (chrome.dark(), width, height, narrow, tuple(sorted(ringed)))
    address = _drawn(json.dumps(plain, sort_keys=True), json.dumps(dict(networks)), *how)
    return f'<img class="dlviz-drawing" src="{address}" alt="{escape(words)}" height="{height}">'


@lru_cache(maxsize=128)
def _drawn(
    document: str, networks: str, dark: bool, width: int, height: int, narrow: bool, ringed: tuple[str, ...]
) -> str:
    from dlviz.ui.board.picture import picture
    from dlviz.ui.board.view import drawn

    made = {**json.loads(document), "networks": json.loads(networks)}
    svg = picture(drawn(made, experiment.roles(made), narrow).view, dark, "", width, height, ringed)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
