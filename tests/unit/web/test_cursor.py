"""Cursors go out as a word and come back; anything else is none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.paging import Cursor
from dastak.web.cursor import cursor_of, cursor_text

moments = st.datetimes(timezones=st.just(UTC))
ids = st.from_regex(r"[a-z]{3}_[0-9a-z]{1,40}", fullmatch=True)


@given(moments, ids)
def test_a_cursor_comes_back_as_it_went_out_and_fits_into_a_url(at: datetime, id_: str) -> None:
    word = cursor_text(Cursor(at, id_))
    assert cursor_of(word) == Cursor(at, id_)
    assert word.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=300))
def test_any_text_is_a_cursor_or_none(text: str) -> None:
    found = cursor_of(text)
    assert found is None or found.at.tzinfo is not None


NAIVE = cursor_text(Cursor(datetime(2026, 1, 1), "a"))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", "x", "MjAyNg", "\ud800", "é", "a" * 201, NAIVE])
def test_what_is_none(text: str) -> None:
    assert cursor_of(text) is None
