"""Layers: one file each, torch's names and arguments."""
