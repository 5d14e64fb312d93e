"""What the developer's commands do, apart from the screen: explain, send, probe, follow.

In: values from the command line. Out: plain data that `cli` prints; tests call these modules directly. They know
`dastak_sdk` and nothing of the server, so that every command works where there is none.
"""
