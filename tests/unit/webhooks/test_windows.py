"""Windows: exactly as many on the way as allowed, the rest at hand, nothing lost."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.delivery import Claimed
from dastak.webhooks.windows import Windows
from unit.webhooks.props import a_claim, an_endpoint


def claims(*endpoints: int, window: int = 2) -> list[Claimed]:
    """One for each number, of the endpoint of that number, each endpoint its own merchant's."""
    return [
        a_claim(n, replace(an_endpoint(number, window), merchant_id=f"mer_{number}"))
        for n, number in enumerate(endpoints)
    ]


def ids(claimed: list[Claimed]) -> list[str]:
    return [one.id for one in claimed]


def test_what_a_window_has_no_place_for_waits_until_one_is_free() -> None:
    windows = Windows(10)
    windows.put(claims(1, 1, 1), 0.0)
    assert ids(windows.next()) == ["dlv_0", "dlv_1"]
    assert not windows.next()
    windows.ended("ep_1")
    assert ids(windows.next()) == ["dlv_2"]
    assert windows.taken() == {"ep_1": 2}


def test_when_the_room_of_all_is_used_up_merchants_take_turns() -> None:
    windows = Windows(1)
    windows.put(claims(1, 1, 1, 2, 2, window=9), 0.0)
    served = []
    for _ in range(4):
        (one,) = windows.next()
        served.append(one.endpoint.id)
        windows.ended(one.endpoint.id)
    assert Counter(served) == {"ep_1": 2, "ep_2": 2}


def test_a_window_that_was_narrowed_meanwhile_lets_nothing_more_go_until_it_fits() -> None:
    windows = Windows(10)
    windows.put(claims(1, 1, window=2), 0.0)
    windows.next()
    windows.put(claims(1, window=1), 0.0)
    windows.ended("ep_1")
    assert not windows.next()
    windows.ended("ep_1")
    assert len(windows.next()) == 1


def test_what_is_withdrawn_is_not_there_any_more() -> None:
    windows = Windows(0)
    windows.put(claims(1, 2), 0.0)
    windows.put(claims(3), 5.0)
    assert ids(windows.withdraw(["ep_2", "ep_9"])) == ["dlv_1"]
    assert ids(windows.withdraw_older(5.0)) == ["dlv_0"]
    assert windows.taken() == {"ep_3": 1}
    assert ids(windows.withdraw_all()) == ["dlv_0"]
    assert (windows.waiting_total, windows.taken()) == (0, Counter())


STEPS = st.lists(
    st.one_of(
        st.lists(st.integers(1, 4), min_size=1, max_size=6).map(lambda numbers: ("put", numbers)),
        st.sampled_from([("next", []), ("withdraw", [1]), ("withdraw", [2, 3])]),
        st.integers(0, 30).map(lambda which: ("ended", [which])),
    ),
    max_size=40,
)


@given(capacity=st.integers(0, 6), window=st.integers(1, 3), steps=STEPS)
def test_law_windows_and_room_hold_and_nothing_is_lost_or_doubled(
    capacity: int, window: int, steps: list[tuple[str, list[int]]]
) -> None:
    windows = Windows(capacity)
    came = 0
    flying: list[Claimed] = []
    over: list[str] = []
    for act, numbers in steps:
        if act == "put":
            made = [a_claim(came + n, replace(an_endpoint(e, window), id=f"ep_{e}")) for n, e in enumerate(numbers)]
            came += len(made)
            windows.put(made, 0.0)
        elif act == "next":
            flying += windows.next()
        elif act == "ended" and flying:
            one = flying.pop(numbers[0] % len(flying))
            over.append(one.id)
            windows.ended(one.endpoint.id)
        elif act == "withdraw":
            over += ids(windows.withdraw([f"ep_{number}" for number in numbers]))
        on_the_way = Counter(one.endpoint.id for one in flying)
        assert windows.sent == on_the_way
        assert windows.sent_total == len(flying) <= capacity
        assert all(count <= window for count in on_the_way.values())
        assert windows.waiting_total == windows.waiting.total() == came - len(flying) - len(over)
    over += ids(flying) + ids(windows.withdraw_all())
    assert sorted(over) == sorted(f"dlv_{number}" for number in range(came))
