"""What the network mixes up comes out in order, each once; what is missing is given up in time."""

import random

from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.call import Party
from dastak.video.ordering import HOLD_US, InOrder, Lost, Ordered, Unwrapped
from dastak.video.spool.record import Kind, Packet, Track

TRACK = Track(Party.CUSTOMER, Kind.AUDIO, 1)


def packet(number: int, arrived_us: int = 0) -> Packet:
    return Packet(
        TRACK, arrived_us, number % 65536, number * 960 % 2**32, marker=False, payload=number.to_bytes(8, "big")
    )


def numbers(ordered: list[Ordered]) -> list[int | None]:
    return [None if isinstance(one, Lost) else int.from_bytes(one.payload, "big") for one in ordered]


@given(st.integers(0, 70_000), st.integers(2, 120), st.randoms(use_true_random=False))
def test_mixed_and_repeated_packets_come_out_in_order_once(first: int, count: int, chance: random.Random) -> None:
    sent = [first + n for n in range(1, count)]
    mixed = sent + chance.sample(sent, len(sent) // 3)
    mixed.sort(key=lambda number: number + chance.uniform(0, 20))
    order = InOrder()
    out = numbers(order.add(packet(first)))
    for number in mixed:
        out += numbers(order.add(packet(number)))
    assert out + numbers(order.end()) == [first, *sent]


@given(st.sets(st.integers(1, 60), min_size=1, max_size=30))
def test_what_never_comes_is_given_up_and_said(missing: set[int]) -> None:
    order, out = InOrder(), []
    for number in [n for n in range(200) if n not in missing]:
        out += numbers(order.add(packet(number, arrived_us=number * HOLD_US // 20)))
    out += numbers(order.end())
    assert [number for number in out if number is not None] == [n for n in range(200) if n not in missing]
    runs = sum(1 for number in missing if number - 1 not in missing)
    assert out.count(None) == runs


def test_nothing_waits_longer_than_it_may() -> None:
    order = InOrder()
    order.add(packet(1, 0))
    assert order.add(packet(3, 0)) == []
    assert numbers(order.add(packet(4, HOLD_US + 1))) == [None, 3, 4]


def test_a_packet_that_comes_after_it_was_given_up_is_too_late() -> None:
    order = InOrder()
    for one in (packet(1, 0), packet(3, 0), packet(4, HOLD_US + 1)):
        order.add(one)
    assert order.add(packet(2, HOLD_US + 2)) == []


@given(st.integers(0, 65535), st.lists(st.integers(-30_000, 30_000), max_size=200))
def test_a_number_that_begins_anew_goes_on_for_ever(first: int, steps: list[int]) -> None:
    long = Unwrapped(16)
    assert long(first) == first
    highest = first
    for step in steps:
        true = highest + step
        assert long(true % 65536) == true
        highest = max(highest, true)
