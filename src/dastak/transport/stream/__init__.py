"""The second sender: HTTP/1.1 of our own on the dispatcher's event loop; `sender.py` is its door."""
