"""Asking: questions about a trained run, answered: explanations, trials of them, studies; and the job that does it."""
