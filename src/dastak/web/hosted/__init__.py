"""The customer's pages: one link, one phone, a few checks. Plain HTML forms that also work without any script."""
