"""Runs · :material/stacked_line_chart: · Which settings worked best?"""

from dlviz.ui import chrome

chrome.header("runs")
