"""Texts that seats and links are made of, the bell, and what rooms tell of calls."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc import seat_token, signed_text
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.call_desk import CallDesk
from dastak.journeys.video_kyc.clock import CUSTOMER_GRACE
from dastak.journeys.video_kyc.room_closer import RoomCloser
from dastak.journeys.video_kyc.rooms import Rooms, Seat
from dastak.journeys.video_kyc.video_kyc import Priority, VideoKyc
from unit.journeys.video_kyc.cases import AGENT
from unit.journeys.video_kyc.house import MERCHANT, House
from unit.journeys.video_kyc.memory import Merchants

KEY = b"k" * 32
NOW = datetime(2026, 1, 10, 7, tzinfo=UTC)
SEAT = Seat(MERCHANT, "jrn_1", "call_1", Party.CUSTOMER)


@given(said=st.text(max_size=60), purpose=st.sampled_from(["a", "b"]), life=st.integers(1, 10_000))
def test_a_signed_text_says_what_was_said_until_it_ends(said: str, purpose: str, life: int) -> None:
    token = signed_text.sign(KEY, purpose, said, NOW + timedelta(seconds=life))
    assert signed_text.read(KEY, purpose, token, NOW) == said
    assert signed_text.read(KEY, purpose, token, NOW + timedelta(seconds=life)) is None
    assert signed_text.read(KEY, "c", token, NOW) is None
    assert signed_text.read(b"x" * 32, purpose, token, NOW) is None


@given(at=st.integers(0, 10_000), letter=st.sampled_from("ABCxyz019-_"))
def test_a_signed_text_with_another_letter_is_not_ours(at: int, letter: str) -> None:
    token = signed_text.sign(KEY, "p", "said", NOW + timedelta(hours=1))
    place = at % (len(token) - 1)  # the last letter's low bits mean nothing
    changed = token[:place] + letter + token[place + 1 :]
    assert signed_text.read(KEY, "p", changed, NOW) == ("said" if changed == token else None)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert signed_text.read(KEY, "p", text, NOW) is None


def test_a_seat_is_one_persons_and_short_lived() -> None:
    token = seat_token.make(KEY, SEAT, "code1", NOW)
    assert seat_token.seat_of(KEY, token, "code1", NOW) == SEAT
    assert seat_token.seat_of(KEY, token, "code2", NOW) is None
    assert seat_token.seat_of(KEY, token, "code1", NOW + seat_token.LIFE) is None
    assert SEAT.room == "mer_1.call_1"


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def rooms_desk(house: House) -> CallDesk:
    return CallDesk(house.cases, Merchants(), house.here)


def seat(case: VideoKyc, party: Party) -> Seat:
    return Seat(case.merchant_id, case.id, case.calls[-1].id, party)


async def test_rooms_move_the_case_into_the_call_and_back_after_a_short_loss(
    house: House, rooms_desk: CallDesk
) -> None:
    case = await house.waiting()
    case = await house.agents.accept(MERCHANT, AGENT, case.id)
    await rooms_desk.came(seat(case, Party.AGENT))
    await rooms_desk.recorded(seat(case, Party.AGENT), "spool/1")
    await rooms_desk.came(seat(case, Party.CUSTOMER))
    case = await house.stored(case)
    assert case.sub_status == "USER_ACCEPTED_MEETING"
    assert case.calls[-1].recording == "spool/1"
    await rooms_desk.lost(seat(case, Party.CUSTOMER))
    case = await house.stored(case)
    assert case.calls[-1].customer_away_since is not None
    await rooms_desk.came(seat(case, Party.CUSTOMER))
    assert (await house.stored(case)).calls[-1].customer_away_since is None


async def test_a_room_that_is_gone_gives_the_customer_back_before_everybody_else(
    house: House, rooms_desk: CallDesk
) -> None:
    case = await house.in_call()
    for _ in range(2):
        await rooms_desk.broken(seat(case, Party.CUSTOMER))
        after = await house.stored(case)
        assert after.sub_status == "USER_QUEUED"
        assert after.queue is not None
        assert after.queue.priority is Priority.FRONT


async def test_what_comes_after_the_end_of_a_call_changes_nothing(house: House, rooms_desk: CallDesk) -> None:
    case = await house.decided()
    for told in (rooms_desk.came, rooms_desk.lost):
        await told(seat(case, Party.CUSTOMER))
    assert (await house.stored(case)).sub_status == case.sub_status
    await rooms_desk.came(Seat(MERCHANT, "jrn_nobody", "call_1", Party.AGENT))


async def test_the_bell_wakes_who_watches_a_case_or_its_merchant_and_nobody_else(house: House) -> None:
    bell = LiveBell()
    case = await house.waiting()
    with bell.watch(case.id) as mine, bell.watch(MERCHANT) as queue, bell.watch("jrn_other") as other:
        bell.changed(case)
        assert await bell.wait(mine)
        assert await bell.wait(queue)
        assert not await bell.wait(other, 0.01)
        assert not await bell.wait(mine, 0.01), "it was cleared"


async def test_a_stopped_bell_sends_everybody_home() -> None:
    bell = LiveBell()
    with bell.watch("jrn_1") as event:
        waiting = asyncio.create_task(bell.wait(event, 30))
        await asyncio.sleep(0)
        bell.stop()
        assert not await asyncio.wait_for(waiting, 5)
        assert bell.is_stopped


class CountedRooms:
    """Fulfils the part of `Rooms` that closes."""

    def __init__(self) -> None:
        self.closed: list[Seat] = []

    async def close(self, seat: Seat) -> None:
        self.closed.append(seat)
        if len(self.closed) > 1:
            raise ConnectionError("the second one fails")


async def test_the_room_of_a_call_is_closed_once_whoever_ended_it(house: House) -> None:
    rooms = CountedRooms()
    closer = RoomCloser(cast("Rooms", rooms))
    case = await house.in_call()
    closer.changed(case)
    await house.customer.lose_call(case.code, case.calls[-1].id)
    house.clock.advance(CUSTOMER_GRACE)
    await house.sweeper.sweep()
    dropped = await house.stored(case)
    assert dropped.sub_status == "USER_DROPPED_OFF"
    closer.changed(dropped)
    closer.changed(dropped)
    await asyncio.sleep(0)
    assert [seat.call_id for seat in rooms.closed] == [case.calls[-1].id]
    again = await house.customer.join_queue(case.code)
    again = await house.agents.accept(MERCHANT, AGENT, again.id)
    cancelled = await house.merchant.cancel(MERCHANT, case.verification_id)
    closer.changed(again)
    closer.changed(cancelled)
    await asyncio.sleep(0)
    assert [seat.call_id for seat in rooms.closed] == [call.id for call in cancelled.calls]


async def test_what_cannot_be_noted_now_is_told_again(
    house: House, rooms_desk: CallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def others_are_first(*_: object) -> bool:
        return False

    case = await house.waiting()
    case = await house.agents.accept(MERCHANT, AGENT, case.id)
    with monkeypatch.context() as patch:
        patch.setattr(house.cases, "save_case", others_are_first)
        with pytest.raises(ConnectionError):
            await rooms_desk.came(seat(case, Party.AGENT))
    await rooms_desk.came(seat(case, Party.AGENT))
    assert (await house.stored(case)).calls[-1].agent_joined_at is not None
