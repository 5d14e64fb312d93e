"""Traces: from the API call or the customer's page, over the event, to every webhook attempt.

`table` says which spans there are, `acts` knows what is going on now, `spans` makes them, `export` sends them.
"""
