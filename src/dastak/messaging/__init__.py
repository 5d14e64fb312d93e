"""Ways out for notices: the console, SMTP, a generic HTTP gateway.

In: notices, through the port `Gateway` of `notices/notice.py`. Out: messages to customers. Plugged in by `app`.
"""
