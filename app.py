"""The app: Streamlit's pages and, beside them, the live stream and the files that charts load.

streamlit run app.py
"""

import gc

import streamlit as st
from starlette.middleware import Middleware

from dlviz.ui import (
    ask_route,
    assets,
    control_route,
    failure,
    inside_route,
    layer_menu,
    layer_sketch,
    moments_route,
    shared,
    stream,
    try_route,
    warmth,
)
from dlviz.ui.board import routes as board
from dlviz.ui.living import routes as living
from dlviz.ui.workspace import GiveWorkspace

app = st.App(
    "dlviz/ui/navigation.py",
    routes=[
        *stream.routes(),
        *assets.routes(),
        *layer_menu.routes(),
        *layer_sketch.routes(),
        *board.routes(),
        *inside_route.routes(),
        *shared.routes(),
        *living.routes(),
        *control_route.routes(),
        *try_route.routes(),
        *ask_route.routes(),
        *moments_route.routes(),
    ],
    middleware=[Middleware(GiveWorkspace)],
    on_script_error=failure.shown,
)
warmth.allow()
# What is imported now stays to the end; the garbage collector need not look at it again.
gc.collect()
gc.freeze()
