"""Runs · :material/stacked_line_chart: · Which settings worked best?"""

import streamlit as st

from dlviz.ui import chrome, run_board, run_compare, state
from dlviz.ui.overview import STATUS, overviews

chrome.header("runs")
run_compare.undo_bar()
everything = overviews(state.store().runs())
if not everything:
    chrome.empty("No run yet. Each network that you train is kept here, to compare and to go on.", "Train one", "home")
else:
    words, statuses = st.columns([2, 3])
    wanted = words.text_input("Search", placeholder="name, data or task", key="search", icon=":material/search:")
    present = [name for name in STATUS if any(each.status == name for each in everything)]
    chosen = statuses.pills(
        "Status", present, selection_mode="multi", format_func=lambda name: STATUS[name][2], key="statuses"
    )
    run_board.show(everything, wanted, chosen)
run_compare.trash()
