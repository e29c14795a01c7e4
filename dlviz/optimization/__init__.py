"""Optimization: optimizers, schedules, regularizers, augmentations; one file each."""
