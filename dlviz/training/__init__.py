"""Training: the spec, the loop, events, checkpoints, the worker. The user interface never comes in here."""
