"""Rooms are spread evenly, everybody agrees, and a node that goes moves no room but its own."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dastak.video.remote.order import order

NODES = [f"http://10.0.0.{number}:8831" for number in range(1, 6)]


@given(room=st.text(max_size=40), shuffled=st.permutations(NODES), gone=st.sampled_from(NODES))
def test_the_order_depends_on_the_names_alone(room: str, shuffled: list[str], gone: str) -> None:
    found = order(room, NODES)
    assert sorted(found) == sorted(NODES)
    assert order(room, shuffled) == found
    assert order(room, [node for node in NODES if node != gone]) == [node for node in found if node != gone]


def test_each_node_is_first_for_its_share() -> None:
    first = Counter(order(f"mer_1.call_{number}", NODES)[0] for number in range(5000))
    assert all(800 < first[node] < 1200 for node in NODES)
