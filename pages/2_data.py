"""Data · :material/database: · What shall be learned, and from which examples?"""

from dlviz.ui import chrome, data_view

chrome.header("data")
data_view.show()
