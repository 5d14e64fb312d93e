"""Numbers for Prometheus: the published table, what fills it, and the page.

The only part of Dastak that imports prometheus-client.
"""
