"""Came and lost are told by turns, each once, whatever happens in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from dastak.video.attendance import Attendance, Change

ACTS = st.sampled_from(["begins", "media", "beat", "broke", "pass"])


def joined() -> Attendance:
    attendance = Attendance(silence=4, beat_silence=5)
    attendance.begins(0)
    return attendance


def test_a_party_has_come_when_its_media_comes_and_not_before() -> None:
    attendance = joined()
    assert attendance.look(1) is None
    attendance.media(1)
    assert attendance.look(1) is Change.CAME
    assert attendance.look(2) is None


def test_a_page_that_is_silent_is_lost_although_media_comes() -> None:
    attendance = joined()
    for now in range(6):
        attendance.media(now)
        attendance.look(now)
    attendance.media(5.5)
    assert attendance.look(5.5) is Change.LOST


def test_a_connection_without_media_is_lost_although_the_page_lives() -> None:
    attendance = joined()
    attendance.media(0)
    attendance.look(0)
    attendance.beat(4)
    assert attendance.look(4) is None
    assert attendance.look(4.1) is Change.LOST


def test_who_is_lost_has_come_again_with_the_next_media() -> None:
    attendance = joined()
    attendance.media(0)
    attendance.look(0)
    attendance.broke()
    assert attendance.look(1) is Change.LOST
    attendance.media(1)
    assert attendance.look(1) is None, "the connection is over; what still arrives of it does not count"
    attendance.begins(2)
    assert attendance.look(2) is None, "media from before does not speak for the new connection"
    attendance.media(3)
    assert attendance.look(3) is Change.CAME


def test_a_connection_that_is_replaced_in_time_is_no_loss() -> None:
    attendance = joined()
    attendance.media(0)
    attendance.look(0)
    attendance.begins(3)
    assert attendance.look(3.9) is None
    attendance.media(4)
    assert attendance.look(5) is None


@given(st.lists(st.tuples(ACTS, st.floats(0, 6)), max_size=80))
def test_changes_alternate_and_begin_with_coming(acts: list[tuple[str, float]]) -> None:
    attendance, now, told = Attendance(4, 5), 0.0, []
    for act, seconds in acts:
        now += seconds
        match act:
            case "begins":
                attendance.begins(now)
            case "media":
                attendance.media(now)
            case "beat":
                attendance.beat(now)
            case "broke":
                attendance.broke()
        change = attendance.look(now)
        told += [change] if change else []
    assert told == [Change.CAME, Change.LOST] * (len(told) // 2) + [Change.CAME] * (len(told) % 2)
