"""Generation: networks that write. Which token is drawn, and what is remembered of those before."""
