"""Probes: what is seen of a network while it learns. One file each; the scene they look at is worked out once."""
