"""Home · :material/home: · Click a neural network together, watch it learn, see why it decides as it does."""

from dlviz.ui import chrome

chrome.header("home")
