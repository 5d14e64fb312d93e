"""For whoever integrates: what is sent, what can be called, and where to begin."""
