"""Rooms in processes of their own, called nodes: how a web process reaches them, and how they are reached.

In: the same port as rooms in this process (`journeys/video_kyc/rooms.Rooms`). Out: each room is on one node, whichever
web process a page reaches.
"""
