"""Whose turn it is."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.turns import take_turns

crowds = st.lists(st.lists(st.integers(0, 20), max_size=5), max_size=6).map(
    lambda merchants: {
        f"mer_{number}": {f"ep_{number}_{each}": left for each, left in enumerate(lefts)}
        for number, lefts in enumerate(merchants)
    }
)
totals = st.integers(0, 60)
turns = st.integers(0, 1000)


def test_a_thousand_endpoints_of_one_merchant_get_no_more_than_one_of_another() -> None:
    crowd = {f"ep_{number}": 16 for number in range(1000)}
    granted = dict(take_turns({"mer_big": crowd, "mer_small": {"ep_small": 200}}, 256, 7))
    assert granted.pop("ep_small") == 128
    assert Counter(granted.values()) == {1: 128}


def test_what_one_merchant_does_not_want_the_others_get() -> None:
    waiting = {"mer_1": {"ep_1": 2}, "mer_2": {"ep_2": 50}, "mer_3": {"ep_3": 50}}
    assert dict(take_turns(waiting, 42, 0)) == {"ep_1": 2, "ep_2": 20, "ep_3": 20}


def test_merchants_and_then_their_endpoints_take_turns_at_being_first() -> None:
    waiting = {"mer_1": {"ep_a": 9, "ep_b": 9}, "mer_2": {"ep_c": 9}}
    firsts = [take_turns(waiting, 1, turn) for turn in range(4)]
    assert firsts == [[("ep_a", 1)], [("ep_c", 1)], [("ep_b", 1)], [("ep_c", 1)]]


@pytest.mark.parametrize("waiting", [{}, {"mer_1": {}}, {"mer_1": {"ep_1": 0}}])
def test_where_nobody_waits_or_has_room_nobody_comes(waiting: dict[str, dict[str, int]]) -> None:
    assert take_turns(waiting, 10, 3) == []


@given(crowds, totals, turns)
def test_the_total_and_the_room_of_each_are_respected_and_used_up(
    waiting: dict[str, dict[str, int]], total: int, turn: int
) -> None:
    rooms = {id_: left for of in waiting.values() for id_, left in of.items()}
    granted = take_turns(waiting, total, turn)
    assert all(0 < limit <= rooms[id_] for id_, limit in granted)
    assert len({id_ for id_, _ in granted}) == len(granted)
    assert sum(limit for _, limit in granted) == min(total, sum(rooms.values()))


@given(crowds, totals, turns)
def test_nobody_gets_less_than_another_but_for_wanting_less_or_one_that_does_not_divide(
    waiting: dict[str, dict[str, int]], total: int, turn: int
) -> None:
    granted = dict(take_turns(waiting, total, turn))
    got = {merchant: sum(granted.get(id_, 0) for id_ in of) for merchant, of in waiting.items()}
    for merchant, of in waiting.items():
        if got[merchant] < sum(of.values()):
            assert got[merchant] >= max(got.values()) - 1
        for id_, left in of.items():
            if granted.get(id_, 0) < left:
                assert granted.get(id_, 0) >= max(granted.get(other, 0) for other in of) - 1


@given(crowds, st.integers(1, 60), turns)
def test_every_waiting_endpoint_is_served_within_merchants_times_its_merchants_endpoints_claims(
    waiting: dict[str, dict[str, int]], total: int, first: int
) -> None:
    roomy = {merchant: {i: n for i, n in of.items() if n} for merchant, of in waiting.items()}
    merchants = [merchant for merchant, of in roomy.items() if of]
    for merchant in merchants:
        claims = range(first, first + len(merchants) * len(roomy[merchant]))
        served = {id_ for turn in claims for id_, _ in take_turns(waiting, total, turn)}
        assert set(roomy[merchant]) <= served


@given(crowds, totals, turns)
def test_the_same_question_has_the_same_answer(waiting: dict[str, dict[str, int]], total: int, turn: int) -> None:
    backwards = {merchant: dict(reversed(of.items())) for merchant, of in reversed(waiting.items())}
    assert take_turns(waiting, total, turn) == take_turns(backwards, total, turn)
