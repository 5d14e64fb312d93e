"""Makes one film of what was recorded of a call.

In: a spool. Out: a file that any browser plays, in the storage. `composer.py` is the loop in the server; everything
that decodes runs in a process of its own (`__main__.py`).
"""
