"""Runs: the store on disk, the queue, the warm host that forks workers."""
