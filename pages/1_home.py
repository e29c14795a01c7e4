"""Home · :material/home: · Click a neural network together, watch it learn, and see why it decides as it does."""

import streamlit as st

from dlviz.ui import chrome, examples, run_controls, run_list, state
from dlviz.ui.components.live_chart import prepare

chrome.header("home", "See a neural network learn")
with st.container(horizontal=True, key="first-step"):
    if st.button("Train your first network", type="primary", icon=":material/play_arrow:", key="first"):
        run_controls.launch(next(iter(examples.documents().values())))
    if st.button("Use my own data", icon=":material/upload_file:", key="own"):
        chrome.go("data")
st.caption("It learns to read handwritten digits from 1,797 small pictures: about 20 seconds, nothing to download.")

recent = state.store().runs()[:3]
if recent:
    st.subheader("Go on where you were", anchor=False)
    run_list.cards(recent)

st.subheader("Examples to try", anchor=False)
examples.cards()
prepare()
