"""The desk: what it refuses, what it fixes, what it counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.registry import EndpointNotFound
from dastak.webhooks.replay import Look, Match, Replay, ReplayState, Selection, cancelled
from dastak.webhooks.replay_desk import (
    SAMPLE,
    Preview,
    ReplayDesk,
    ReplayNotFound,
    ReplayNotNarrowed,
    TooManyReplays,
)
from unit.webhooks.props import NOW, an_endpoint

ASKED = Selection(since=NOW)


class Book:
    """A store with a log of so many rows, every third of which matches."""

    def __init__(self, rows: int = 0, room: int = 10) -> None:
        self.rows, self.room = rows, room
        self.jobs: dict[str, Replay] = {}

    async def newest_delivery(self, merchant_id: str) -> int:
        return self.rows if merchant_id == "mer_1" else 0

    async def look(
        self,
        merchant_id: str,  # noqa: ARG002 - the port
        selection: Selection,
        after: int,
        at_most: int,
    ) -> Look:
        last = min(selection.up_to, after + at_most, self.rows)
        matches = tuple(Match(n, f"dlv_{n}") for n in range(after + 1, last + 1) if n % 3 == 0)
        return Look(matches, last if last == after + at_most else None)

    async def add_replay(self, replay: Replay, most_open: int) -> bool:
        if len(self.jobs) >= min(self.room, most_open):
            return False
        self.jobs[replay.id] = replay
        return True

    async def replay(self, merchant_id: str, replay_id: str) -> Replay | None:
        found = self.jobs.get(replay_id)
        return found if found and found.merchant_id == merchant_id else None

    async def replays(self, merchant_id: str, after: str | None, limit: int) -> Sequence[Replay]:  # noqa: ARG002
        return [job for job in self.jobs.values() if job.merchant_id == merchant_id][:limit]

    async def cancel_replay(self, merchant_id: str, replay_id: str, now: datetime) -> Replay | None:
        found = await self.replay(merchant_id, replay_id)
        return None if found is None else cancelled(found, now)


class Endpoints:
    """Knows one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def endpoint(self, merchant_id: str, endpoint_id: str) -> Endpoint | None:
        return self._endpoint if (merchant_id, endpoint_id) == ("mer_1", self._endpoint.id) else None


def a_desk(book: Book, endpoint: Endpoint | None = None) -> tuple[ReplayDesk, list[str]]:
    woken: list[str] = []
    desk = ReplayDesk(
        book,
        Endpoints(endpoint or an_endpoint()),
        now=lambda: NOW,
        new_id=lambda prefix: f"{prefix}_{len(book.jobs) + 1}",
        wake=lambda: woken.append("woken"),
    )
    return desk, woken


async def test_a_job_is_made_with_its_end_its_count_and_its_rate() -> None:
    book = Book(rows=10)
    desk, woken = a_desk(book)
    job = await desk.begin("mer_1", ASKED, 25)
    assert job == book.jobs["rpl_1"] == await desk.get("mer_1", "rpl_1")
    assert (job.selection.up_to, job.matched, job.matched_exactly, job.rate_per_second) == (10, 3, True, 25)
    assert (job.state, job.created_at) == (ReplayState.QUEUED, NOW)
    assert woken == ["woken"]
    assert [one.id for one in await desk.list("mer_1", None, 10)] == ["rpl_1"]


async def test_an_end_that_was_asked_for_is_kept_unless_it_lies_in_the_future() -> None:
    desk, _ = a_desk(Book(rows=10))
    assert (await desk.begin("mer_1", replace(ASKED, up_to=7), 1)).selection.up_to == 7
    assert (await desk.begin("mer_1", replace(ASKED, up_to=70), 1)).selection.up_to == 10


async def test_trying_it_out_counts_shows_the_first_and_records_nothing() -> None:
    book = Book(rows=60)
    desk, woken = a_desk(book)
    tried = await desk.preview("mer_1", ASKED)
    assert tried == Preview(20, exactly=True, sample=tuple(f"dlv_{n}" for n in range(3, 33, 3)))
    assert len(tried.sample) == SAMPLE
    assert (book.jobs, woken) == ({}, [])


async def test_a_log_too_long_to_count_is_counted_as_far_as_that_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dastak.webhooks.replay_desk.COUNT_PAGE", 6)
    desk, _ = a_desk(Book(rows=100))
    counted = await desk.preview("mer_1", ASKED, rows=12)
    assert counted == Preview(4, exactly=False, sample=("dlv_3", "dlv_6", "dlv_9", "dlv_12"))
    assert (await desk.preview("mer_1", ASKED, rows=9)).matched == 3
    desk, _ = a_desk(Book(rows=11))
    assert (await desk.preview("mer_1", ASKED, rows=12)).exactly


@pytest.mark.parametrize("asked", [Selection(), Selection(until=NOW), Selection((DeliveryState.DELIVERED,))])
async def test_everything_there_ever_was_is_refused(asked: Selection) -> None:
    desk, _ = a_desk(Book(rows=3))
    with pytest.raises(ReplayNotNarrowed, match="endpoint_id"):
        await desk.begin("mer_1", asked, 1)
    with pytest.raises(ReplayNotNarrowed):
        await desk.preview("mer_1", asked)


async def test_an_endpoint_that_is_not_there_or_another_merchant_s_or_deleted_is_refused() -> None:
    mine = an_endpoint()
    for endpoint, merchant_id, named in (
        (mine, "mer_1", "ep_none"),
        (mine, "mer_2", mine.id),
        (replace(mine, state=EndpointState.DELETED), "mer_1", mine.id),
    ):
        desk, _ = a_desk(Book(rows=3), endpoint)
        with pytest.raises(EndpointNotFound):
            await desk.begin(merchant_id, Selection(endpoint_id=named), 1)
    desk, _ = a_desk(Book(rows=3), replace(mine, state=EndpointState.DISABLED))
    assert (await desk.begin("mer_1", Selection(endpoint_id=mine.id), 1)).is_open


async def test_one_job_too_many_is_refused() -> None:
    desk, woken = a_desk(Book(rows=3, room=1))
    await desk.begin("mer_1", ASKED, 1)
    with pytest.raises(TooManyReplays):
        await desk.begin("mer_1", ASKED, 1)
    assert woken == ["woken"]


async def test_another_merchant_s_job_is_neither_read_nor_cancelled() -> None:
    desk, _ = a_desk(Book(rows=3))
    job = await desk.begin("mer_1", ASKED, 1)
    with pytest.raises(ReplayNotFound):
        await desk.get("mer_2", job.id)
    with pytest.raises(ReplayNotFound):
        await desk.cancel("mer_2", job.id)
    assert (await desk.cancel("mer_1", job.id)).state is ReplayState.CANCELLED
