"""The drawing board's side of the server: edits on a draft's networks, what is known of them, where they are drawn."""
