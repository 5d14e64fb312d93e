"""Rooms in this process: aiortc receives, and what it received is handed on and recorded without being decoded.

In: offers of browsers. Out: answers, media to the other party, packets for the spool. `rooms.AiortcRooms` is the door;
`hooks` is all that depends on how aiortc is made inside.
"""
