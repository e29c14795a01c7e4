"""Train · :material/trending_up: · How does the network learn, and how good does it get?"""

import streamlit as st

from dlviz.ui import chrome, run_start, state, training_room

chrome.header("train")
run = state.run() if "run" in st.query_params or "draft" not in st.query_params else None
draft = state.draft() if run is None else None
if run is not None:
    training_room.show(run)
elif draft is not None:
    run_start.start(*draft)
else:
    chrome.empty(
        "Nothing to train yet. Take a ready example from Home, or choose data of your own.", "Choose an example", "home"
    )
