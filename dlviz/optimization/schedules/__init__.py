"""Schedules: how the learning rate changes during a run."""
