"""Trying: what a trained network says to an input that a person types."""
