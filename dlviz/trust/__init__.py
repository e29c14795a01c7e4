"""Trust: whether an explanation can be believed; one trial, one file."""
