"""What a call sends, written down as it comes: encrypted, append-only, whole up to the last second after any crash.

In: packets of media from the rooms. Out: the same packets, for whoever composes a recording.
"""
