"""Rooms whose connections a Janus gateway holds: many calls per core, and what strangers send is decrypted elsewhere.

In: offers of browsers. Out: answers of a gateway; packets go from it to us and back by SRTP, and our rooms do with them
what they do with all packets. `rooms.JanusRooms` is the door.
"""
