"""Tasks: what is learned from what, how it is scored and shown; one file each."""
