"""What a user sees when a page fails: a sentence and the log, never a traceback."""

from __future__ import annotations

import logging
import time
import traceback

import streamlit as st

from dlviz.core import places
from dlviz.core.files import NO_ROOM
from dlviz.core.problems import WrongInput


def shown(error: Exception) -> bool:
    """Show `error` as a sentence; what only a programmer can read goes to a log that can be downloaded."""
    if isinstance(error, WrongInput):
        st.error(str(error), icon=":material/error:")
        return True
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        st.error(
            f"Files in {places.home()} cannot be written: {error.strerror}. What stands there is untouched. "
            "Make room, or unlock the folder; then reload the page.",
            icon=":material/hard_drive:",
        )
        return True
    text = "".join(traceback.format_exception(error))
    logging.getLogger("dlviz").error(text)
    note = f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}\n"
    try:
        from dlviz.runs.home import home

        log = home() / "logs" / "app.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(note)
    except OSError:
        pass  # a full or read-only disk must not hide the message below
    st.error(
        "This page met an error in dlviz itself; your runs and drafts on disk are untouched. Reload the page to go on. "
        "If it comes again, send the log to whoever runs this server.",
        icon=":material/error:",
    )
    st.download_button("Download the log", note, "dlviz-error.log", "text/plain", icon=":material/download:")
    return True
