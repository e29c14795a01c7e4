"""Explainers: why a network predicts what it predicts; one method, one file. They run in workers."""
