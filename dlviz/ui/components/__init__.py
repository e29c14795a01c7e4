"""Components of our own: a folder each, with the files that the browser loads."""
