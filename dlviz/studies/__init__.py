"""Studies: looks at a trained network that are no attribution of one prediction; one study, one file."""
