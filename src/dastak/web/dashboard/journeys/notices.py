"""What a page says after something was done: the address names it, and only what stands here can be named. Pure."""

from collections.abc import Mapping

SAID: Mapping[str, str] = {
    "made": "It is made. The customer gets the link as you chose; you can also give it to them yourself.",
    "resent": "The invitation goes out again.",
    "cancelled": "It is cancelled: the link can no longer be used.",
    "booked": "The slot is booked, and the customer is told.",
    "unbooked": "The booking is given back, and the slot is free for others.",
}


def said(query: Mapping[str, str]) -> str:
    """The words for `?said=`; nothing for anything else."""
    return SAID.get(query.get("said", ""), "")
