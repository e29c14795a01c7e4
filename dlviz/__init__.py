"""dlviz: click a neural network together, watch it learn, see why it decides as it does."""

__version__ = "0.1.0"

import os

# Read once, when torch is loaded. Its threads otherwise go on looking for work for some thousandths of a second after
# each operation, on processors that compiled code of our own, or another student's run, could use meanwhile. GNU's,
# which torch brings on Linux, look for about a tenth of that, within which the next operation mostly comes.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
# Workers are forked; the tokenizers library would warn of that, and share a text among threads for nothing.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
