"""Rooms for two, whatever brings the media: who is there, who is lost, what is written down, what goes to whom.

In: connections that a back end makes (`connection.py` says what it must do). Out: `journeys/video_kyc/rooms.Rooms`.
"""
