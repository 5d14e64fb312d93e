"""Calls with picture and sound: rooms to meet in, their recordings, and the storage for both.

In: `app` plugs it into the ports of `journeys/video_kyc/rooms.py`. Out: media to browsers, sealed files on the disk.
"""
