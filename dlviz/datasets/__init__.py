"""Data sets: one file each; and what comes out of them, ready for training."""
