"""PAN: the number and what confirms it."""
