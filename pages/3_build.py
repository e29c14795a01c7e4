"""Build · :material/account_tree: · Which network shall learn from this data, and how?"""

from dlviz.ui import chrome, drawing_board, state

chrome.header("build")
draft = state.draft()
if draft is None:
    chrome.empty("A network is built for data. Choose what it shall learn from first.", "Choose data", "data")
else:
    drawing_board.show(*draft)
