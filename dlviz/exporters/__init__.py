"""Exporters: a trained network in another format."""
