"""For whoever integrates: webhooks and what belongs to them."""
