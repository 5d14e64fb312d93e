"""The calendar file is what RFC 5545 asks for, whatever the merchant is called."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dastak.web.hosted.video.calendar_file import LINE_OCTETS, calendar_file

AT = datetime(2026, 1, 11, 5, 0, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)


def made(title: str = "Video KYC", text: str = "Come", sequence: int = 3) -> str:
    return calendar_file(
        uid="jrn_1@kyc.example.com",
        sequence=sequence,
        now=AT - timedelta(days=1),
        at=AT,
        length=timedelta(minutes=15),
        remind_before=timedelta(minutes=30),
        title=title,
        text=text,
        url="https://kyc.example.com/verification/code00000001",
    )


def unfolded(file: str) -> list[str]:
    return file.replace("\r\n ", "").split("\r\n")


def test_the_event_says_when_where_and_that_it_rings() -> None:
    lines = unfolded(made())
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    wanted = {
        "VERSION:2.0",
        "UID:jrn_1@kyc.example.com",
        "SEQUENCE:3",
        "DTSTAMP:20260110T050000Z",
        "DTSTART:20260111T050000Z",
        "DTEND:20260111T051500Z",
        "URL:https://kyc.example.com/verification/code00000001",
        "TRIGGER:-PT30M",
    }
    assert wanted <= set(lines)


@given(TEXTS, TEXTS)
def test_no_line_is_too_long_and_every_text_comes_back(title: str, text: str) -> None:
    file = made(f"x{title}", f"{text}\nlast")
    assert all(len(line.encode()) <= LINE_OCTETS for line in file.split("\r\n"))
    named = dict(line.split(":", 1) for line in unfolded(file) if line.startswith("SUMMARY:"))
    assert plain(named["SUMMARY"]) == f"x{title}"


def test_what_has_a_meaning_is_escaped() -> None:
    assert "SUMMARY:a\\, b\\; c\\\\d" in unfolded(made("a, b; c\\d"))
    assert "DESCRIPTION:one\\ntwo" in unfolded(made(text="one\ntwo"))


def plain(text: str) -> str:
    out, escaped = "", False
    for char in text:
        if escaped or char != "\\":
            out, escaped = out + char, False
        else:
            escaped = True
    return out
