"""The doctor: reads what a training left behind and says what ails it, with the evidence and what may cure it.

numpy and `core` only. It knows no run folder, no network and no torch: all that it sees is a `Record`.
"""
