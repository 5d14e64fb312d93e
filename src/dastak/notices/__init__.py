"""Notices: the messages owed to customers, and the loop that sends them.

In: notices that journeys queue. Out: messages, through whatever gateways `app` plugs in. Imports no other room.
"""
