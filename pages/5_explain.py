"""Explain · :material/lightbulb: · Why did the network decide so?"""

from dlviz.ui import chrome
from dlviz.ui.explain import page

chrome.header("explain")
page.show()
