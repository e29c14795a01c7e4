"""Explain · :material/lightbulb: · Why did the network decide so?"""

from dlviz.ui import chrome, explain_view

chrome.header("explain")
explain_view.show()
