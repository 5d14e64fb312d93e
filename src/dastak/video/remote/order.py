"""In which order nodes are asked for a room. Pure.

In: a room's name and the nodes. Out: the same order in every process, another one for each room (rendezvous hashing): a
node that comes or goes moves no room but its own.
"""

import hashlib
from collections.abc import Collection


def order(room: str, nodes: Collection[str]) -> list[str]:
    """The nodes, the room's own first."""
    return sorted(nodes, key=lambda node: hashlib.sha256(f"{node} {room}".encode()).digest())
