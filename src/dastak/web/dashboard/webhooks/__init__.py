"""Developers, Webhooks: where events go, how these places do, and what can be changed about them."""
