"""Rooms are spread over the gateways that answer, and move only when theirs is gone."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dastak.video.janus.gateways import assigned

URLS = st.lists(st.from_regex(r"wss://[a-z]{1,8}\.example", fullmatch=True), min_size=2, max_size=6, unique=True)


@given(URLS, st.text(), st.randoms())
def test_the_order_of_the_settings_does_not_matter(urls: list[str], room: str, random: object) -> None:
    shuffled = sorted(urls, key=lambda url: hash((url, id(random))))
    assert assigned(room, urls) == assigned(room, shuffled)


@given(URLS, st.text())
def test_when_one_goes_only_its_own_rooms_move(urls: list[str], room: str) -> None:
    chosen = assigned(room, urls)
    for gone in urls:
        left = [url for url in urls if url != gone]
        assert (assigned(room, left) == chosen) == (gone != chosen)


def test_rooms_are_spread_evenly() -> None:
    urls = [f"wss://{n}.example" for n in range(4)]
    counts = Counter(assigned(f"mer_1.call_{n}", urls) for n in range(4000))
    assert set(counts) == set(urls)
    assert max(counts.values()) - min(counts.values()) < 200
