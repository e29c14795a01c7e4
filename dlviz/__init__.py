"""dlviz: click a neural network together, watch it learn, see why it decides as it does."""

__version__ = "0.1.0"
