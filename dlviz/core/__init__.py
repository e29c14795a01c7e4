"""The ground floor: parts, problems, the kinds of value, atomic file writes. No torch here."""
