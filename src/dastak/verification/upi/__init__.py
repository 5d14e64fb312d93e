"""UPI: the ID and what confirms it."""
