"""What a key reads is noted before the answer, each time; what cannot be noted is not shown."""

from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.audit import Entry
from dastak.accounts.deed import Deed
from dastak.accounts.merchant import ApiKey, Merchant
from dastak.accounts.noting import owed, say, withdraw
from dastak.web.api.noting import KeyNotes, MerchantHandler
from support.trail import MemoryTrail

BEGAN = datetime(2026, 1, 26, 12, tzinfo=UTC)
MERCHANT = Merchant("mer_1", "Asha Bank", (ApiKey("dk_1", "secret", BEGAN),), BEGAN)
READ, LIST = "GET /verification/form", "GET /api/v1/events"


class ShutTrail(MemoryTrail):
    """Takes no entries while it is shut."""

    is_shut = True

    async def note(self, entry: Entry) -> None:
        if self.is_shut:
            raise ConnectionError("no writes")
        await super().note(entry)


class Desk:
    """Calls of the API, at a time."""

    def __init__(self, trail: MemoryTrail) -> None:
        self.trail = trail
        self.now = BEGAN
        self.notes = KeyNotes(trail, lambda: self.now)

    async def call(
        self, operation: str, handler: MerchantHandler, deed: Deed = Deed.DATA_READ, key: str = "dk_1"
    ) -> Response:
        request = Request({"type": "http", "method": "GET", "headers": [(b"x-client-id", key.encode())]})
        return await self.notes.around(operation, handler, deed)(request, MERCHANT)

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(one.actor, one.subject, one.details["operation"]) for one in self.trail.entries]


def shows(journey_id: str, status: int = 200) -> MerchantHandler:
    """A handler that shows that journey; empty: a list."""

    async def handle(_request: Request, _merchant: Merchant) -> Response:
        say(journey_id)
        return Response(status_code=status)

    return handle


async def test_each_reading_is_noted_however_often_it_is_the_same() -> None:
    desk = Desk(MemoryTrail())
    for key in ("dk_1", "dk_1", "dk_2"):
        await desk.call(READ, shows("jrn_1"), key=key)
    await desk.call(LIST, shows(""))
    await desk.call(LIST, shows(""))
    assert desk.told == [
        ("dk_1", "jrn_1", READ),
        ("dk_1", "jrn_1", READ),
        ("dk_2", "jrn_1", READ),
        ("dk_1", "", LIST),
        ("dk_1", "", LIST),
    ]


async def test_what_showed_nothing_is_not_noted() -> None:
    desk = Desk(MemoryTrail())
    await desk.call(READ, shows("", 404))

    async def breaks(_request: Request, _merchant: Merchant) -> Response:
        raise KeyError

    async def finds_none(_request: Request, _merchant: Merchant) -> Response:
        withdraw()
        return Response()

    with pytest.raises(KeyError):
        await desk.call(READ, breaks)
    await desk.call(LIST, finds_none)
    assert desk.told == []


async def test_what_cannot_be_noted_is_not_shown() -> None:
    trail = ShutTrail()
    desk = Desk(trail)
    with pytest.raises(ConnectionError):
        await desk.call(READ, shows("jrn_1"))
    trail.is_shut = False
    await desk.call(READ, shows("jrn_1"))
    assert desk.told == [("dk_1", "jrn_1", READ)]


async def test_a_token_is_noted_each_time_and_not_given_out_without() -> None:
    trail = ShutTrail()
    desk = Desk(trail)
    with pytest.raises(ConnectionError):
        await desk.call("POST /token", shows("jrn_1"), Deed.TOKEN_MADE)
    trail.is_shut = False
    for _ in range(2):
        await desk.call("POST /token", shows("jrn_1"), Deed.TOKEN_MADE)
    assert desk.told == [("dk_1", "jrn_1", "POST /token")] * 2


async def test_a_change_owes_its_note_to_the_store_while_it_is_made_and_no_longer() -> None:
    desk, seen = Desk(MemoryTrail()), []

    async def changes(_request: Request, _merchant: Merchant) -> Response:
        say(window="3")
        claim = owed("mer_1")
        assert claim is not None
        assert owed("mer_2") is None
        seen.append(claim.entry("ep_1", {"host": "x"}))
        return Response()

    await desk.call("PATCH /x", changes, Deed.WEBHOOK_CHANGED)
    assert seen == [
        Entry("mer_1", BEGAN, "dk_1", Deed.WEBHOOK_CHANGED, "ep_1", {"host": "x", "window": "3"}),
    ]
    assert owed("mer_1") is None
    assert desk.trail.entries == [], "the store appends it"
