"""The page Explain: one section, one file."""
