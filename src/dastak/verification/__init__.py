"""Facts from the outside: is this document what the customer says it is?

In: what a customer typed. Out: facts, through the ports of `journeys/facts.py`. Plugged in by `app`.
"""
