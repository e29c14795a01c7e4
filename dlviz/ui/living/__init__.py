"""The network of a run as it learns: what of it is drawn, and the addresses that the browser asks."""
