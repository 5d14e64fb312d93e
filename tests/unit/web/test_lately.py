"""Keys are remembered until their time, and no more of them than fit."""

from datetime import UTC, datetime, timedelta

from dastak.web.lately import Lately

NOW = datetime(2026, 1, 26, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_key_is_remembered_until_its_time_and_not_at_it() -> None:
    lately = Lately(10)
    assert not lately.has("a", NOW)
    lately.keep("a", NOW + MINUTE)
    assert lately.has("a", NOW)
    assert not lately.has("a", NOW + MINUTE)
    lately.keep("a", NOW + 3 * MINUTE)
    assert lately.has("a", NOW + 2 * MINUTE)


def test_of_too_many_those_go_that_were_kept_longest_ago() -> None:
    lately = Lately(2)
    for key in ("a", "b", "a", "c"):
        lately.keep(key, NOW + MINUTE)
    assert [lately.has(key, NOW) for key in ("a", "b", "c")] == [True, False, True]
