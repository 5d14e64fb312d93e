"""Parts of the body of a new Video KYC: whatever comes, they hold the contract's fields and nothing else, or are refused."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web.api.aadhaar_details import ADDRESSES, NEEDED_PARTS, OTHER_PARTS, aadhaar_details
from dastak.web.api.problem import Problem
from dastak.web.api.security_questions import MOST, question_json, security_questions

FIELDS = ("last_verified_at", "care_of", "dob", "gender", "name", "photo_link")
STRANGE = ("aadhaar_number", "uid", "otp")

words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
addresses = st.fixed_dictionaries(
    {name: st.integers(100_000, 999_999) if name == "pincode" else words | st.just("") for name in NEEDED_PARTS},
    optional=dict.fromkeys((*OTHER_PARTS, *STRANGE), words),
)
good = st.fixed_dictionaries(
    {
        "last_verified_at": st.datetimes().map(lambda at: at.isoformat(" ", "seconds")),
        "care_of": words | st.just(""),
        "dob": st.dates().map(lambda day: f"{day:%d-%m-}{day.year:04d}"),
        "gender": st.sampled_from("MFO"),
        "name": words,
        "photo_link": st.just("https://bank.example/photo.jpg"),
    },
    optional={**dict.fromkeys(ADDRESSES, addresses), **dict.fromkeys(STRANGE, anything)},
)
questions = st.lists(st.tuples(words, words | st.just("")), min_size=1, max_size=MOST)


def tried(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Problem as problem:
        return problem


@given(good)
def test_good_details_are_kept_as_they_were_sent_without_what_is_strange(sent: dict[str, Any]) -> None:
    wanted = {name: value for name, value in sent.items() if name in (*FIELDS, *ADDRESSES)}
    for name in ADDRESSES:
        if name in wanted:
            wanted[name] = {part: value for part, value in wanted[name].items() if part not in STRANGE}
    assert aadhaar_details({"aadhaar_details": sent}) == wanted


@given(good, st.sampled_from((*FIELDS, *ADDRESSES)), anything)
def test_one_field_that_is_anything_is_good_or_named(sent: dict[str, Any], field: str, value: Any) -> None:
    found = tried(lambda: aadhaar_details({"aadhaar_details": {**sent, field: value}}))
    if isinstance(found, Problem):
        assert (found.status, found.code.startswith(f"aadhaar_details.{field}")) == (400, True)
    else:
        assert found.get(field) == value


@given(anything)
def test_anything_is_good_questions_or_refused(value: Any) -> None:
    found = tried(lambda: security_questions({"security_questions": value}))
    if isinstance(found, Problem):
        assert (found.status, found.code) == (400, "security_questions_value_invalid")
    else:
        assert [one.order for one in found] == [*range(1, len(found) + 1)]


@given(questions, st.randoms())
def test_questions_come_back_in_their_order_however_they_were_sent(pairs: list[tuple[str, str]], chance: Any) -> None:
    sent = [{"order": order, "question": asked, "answer": said} for order, (asked, said) in enumerate(pairs, start=1)]
    shuffled = chance.sample(sent, len(sent))
    assert [question_json(one) for one in security_questions({"security_questions": shuffled})] == sent


@pytest.mark.parametrize(
    "body", [{}, {"aadhaar_details": None, "security_questions": None}, {"security_questions": []}]
)
def test_without_them_there_are_none(body: dict[str, Any]) -> None:
    assert (aadhaar_details(body), security_questions(body)) == (None, ())
