"""Train · :material/trending_up: · How does the network learn, and how good does it get?"""

from dlviz.ui import chrome

chrome.header("train")
