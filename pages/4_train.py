"""Train · :material/trending_up: · How does the network learn, and how good does it get?"""

import streamlit as st

from dlviz.ui import chrome, result, run_controls, run_views, state
from dlviz.ui.components.live_chart import live_chart

chrome.header("train")


@st.fragment
def watch(name: str, status: str) -> None:
    """The curves and pictures of a run; drawn anew after an epoch without touching the rest of the page."""
    run = state.store().run(name)
    if status == "failed" and not run.events_file.exists():
        return  # it never took a step: there is nothing to draw
    notes = run.spec_document().get("notes")
    chart, words = st.columns([2.4, 1], gap="large") if notes else (st.container(), None)
    with chart:
        happened = live_chart([(run.id, "")], key=f"live-{run.id}", status=status, progress=True)
    if words is not None:
        words.markdown(f"**What to look for**\n\n{notes}")
    if happened.status and happened.status != status:
        st.rerun()
    if status == "finished" or (status == "stopped" and run.state().get("result")):
        result.show(run, run.state())
        run_controls.lead_on(run)
    run_views.show(run)


run = state.run() if "run" in st.query_params or "draft" not in st.query_params else None
draft = state.draft() if run is None else None
if run is not None:
    now = run.state()
    run_controls.show(run, now)
    watch(run.id, now["status"])
    run_controls.details(run)
elif draft is not None:
    run_controls.start(*draft)
else:
    chrome.empty(
        "Nothing to train yet. Take a ready example from Home, or choose data of your own.", "Choose an example", "home"
    )
