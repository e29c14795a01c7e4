"""Augmentations: new training examples made of old ones, a whole batch at a time."""
