"""Reports: what is to be known of a trained network before anyone relies on it, as one page."""
