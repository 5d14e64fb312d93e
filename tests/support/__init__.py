"""What tests of a whole running Dastak share: a server process, an API client, a webhook receiver, a customer.

Everything here talks to the server as the outside does: a process, sockets, HTML. `support` is importable because pytest
puts `tests/` on the path.
"""
