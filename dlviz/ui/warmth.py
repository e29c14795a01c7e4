"""Loads what is slow to load (torch, the host that forks workers) after the first page is on the screen."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time

_lock = threading.Lock()
_state = "forbidden"


def allow() -> None:
    """Called by the app as it is served; without it (a test of one page) nothing is warmed."""
    global _state
    if os.environ.get("DLVIZ_WARM") != "0":
        _state = "waiting"


def begin() -> None:
    """Start warming in the background, once a process."""
    global _state
    with _lock:
        if _state != "waiting":
            return
        _state = "begun"
    threading.Thread(target=_warm, name="warmth", daemon=True).start()


def _warm() -> None:
    time.sleep(0.5)  # let the first page reach the browser before torch takes the processor
    try:
        from dlviz.ui import state

        state.queue().warm()
        _import()
    except Exception:
        logging.getLogger("dlviz").exception("warming up failed; the first run will start more slowly")
    gc.collect()
    gc.freeze()


def _import() -> None:
    """What Build and Explain would else wait for: torch, every layer and method, torch's first use of `meta`."""
    from dlviz.explainers.explainer import Explainer
    from dlviz.layers.layer import Layer
    from dlviz.network.shapes import warm
    from dlviz.studies.study import Study
    from dlviz.training import restore  # noqa: F401

    Layer.kinds()
    warm()
    Explainer.kinds()
    Study.kinds()
