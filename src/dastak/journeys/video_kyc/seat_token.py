"""The token with which a page takes a seat in a call: bound to person, case and call, and short-lived. Pure.

In: a seat and who sits there. Out: a text; read again, the seat. A page gets a fresh one with every answer to its beat.
"""

from datetime import datetime, timedelta

from dastak.journeys.video_kyc import signed_text
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Seat

LIFE = timedelta(minutes=2)
_PURPOSE = "vkyc-seat"


def make(key: bytes, seat: Seat, person: str, now: datetime) -> str:
    """A token for this seat; `person` is the operator's id, or the customer's link code."""
    said = f"{seat.merchant_id}\n{seat.case_id}\n{seat.call_id}\n{seat.party.value}\n{person}"
    return signed_text.sign(key, _PURPOSE, said, now + LIFE)


def seat_of(key: bytes, token: str, person: str, now: datetime) -> Seat | None:
    """The seat, if the token is this person's and has not ended."""
    said = signed_text.read(key, _PURPOSE, token, now)
    if said is None:
        return None
    merchant_id, case_id, call_id, party, whose = said.split("\n")
    return Seat(merchant_id, case_id, call_id, Party(party)) if whose == person else None
