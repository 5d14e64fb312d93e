"""Came and lost are told by turns, each once, whatever happens in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from dastak.video.presence import Change, Presence

ACTS = st.sampled_from(["begins", "media", "beat", "broke", "pass"])


def joined() -> Presence:
    presence = Presence(silence=4, beat_silence=5)
    presence.begins(0)
    return presence


def test_a_party_has_come_when_its_media_comes_and_not_before() -> None:
    presence = joined()
    assert presence.look(1) is None
    presence.media(1)
    assert presence.look(1) is Change.CAME
    assert presence.look(2) is None


def test_a_page_that_is_silent_is_lost_although_media_comes() -> None:
    presence = joined()
    for now in range(6):
        presence.media(now)
        presence.look(now)
    presence.media(5.5)
    assert presence.look(5.5) is Change.LOST


def test_a_connection_without_media_is_lost_although_the_page_lives() -> None:
    presence = joined()
    presence.media(0)
    presence.look(0)
    presence.beat(4)
    assert presence.look(4) is None
    assert presence.look(4.1) is Change.LOST


def test_who_is_lost_has_come_again_with_the_next_media() -> None:
    presence = joined()
    presence.media(0)
    presence.look(0)
    presence.broke()
    assert presence.look(1) is Change.LOST
    presence.media(1)
    assert presence.look(1) is None, "the connection is over; what still arrives of it does not count"
    presence.begins(2)
    assert presence.look(2) is None, "media from before does not speak for the new connection"
    presence.media(3)
    assert presence.look(3) is Change.CAME


def test_a_connection_that_is_replaced_in_time_is_no_loss() -> None:
    presence = joined()
    presence.media(0)
    presence.look(0)
    presence.begins(3)
    assert presence.look(3.9) is None
    presence.media(4)
    assert presence.look(5) is None


@given(st.lists(st.tuples(ACTS, st.floats(0, 6)), max_size=80))
def test_changes_alternate_and_begin_with_coming(acts: list[tuple[str, float]]) -> None:
    presence, now, told = Presence(4, 5), 0.0, []
    for act, seconds in acts:
        now += seconds
        match act:
            case "begins":
                presence.begins(now)
            case "media":
                presence.media(now)
            case "beat":
                presence.beat(now)
            case "broke":
                presence.broke()
        change = presence.look(now)
        told += [change] if change else []
    assert told == [Change.CAME, Change.LOST] * (len(told) // 2) + [Change.CAME] * (len(told) % 2)
