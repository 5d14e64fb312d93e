"""What is written by its annotations is read as it was, also by the release before and the one after."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.checks import Location, Prechecks
from dastak.journeys.video_kyc.user import VkycUser
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.shape import read, written


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    SMALL = 1


@dataclass(frozen=True, slots=True)
class Inner:
    at: datetime
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outer:
    """One field of every shape that journeys use."""

    text: str
    inner: Inner
    day: date
    maybe: Inner | None = None
    many: tuple[Inner, ...] = ()
    by_name: Mapping[str, bool] = field(default_factory=dict)
    anything: Mapping[str, Any] | None = None
    colour: Colour = Colour.RED
    size: Size | None = None
    share: float = 0.5


texts = st.text(st.characters(), max_size=5)
"""Half surrogate pairs too: JSON from outside may hold them."""
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, json_values, max_size=3)
degrees = st.floats(allow_nan=False)
locations = st.builds(Location, latitude=degrees, longitude=degrees, accuracy_metres=degrees)
outers = st.builds(Outer, text=texts, anything=st.none() | objects, share=st.floats(allow_nan=False))
cases = st.builds(
    VideoKyc,
    **{one.name: ... for one in fields(VideoKyc) if one.name not in {"aadhaar_details", "prechecks"}},
    aadhaar_details=st.none() | objects,
    prechecks=st.builds(Prechecks, ip=..., location=st.none() | locations, device=...),
)


@given(outers)
def test_every_shape_comes_back(value: Outer) -> None:
    assert read(Outer, written(value)) == value


@given(cases)
def test_any_case_comes_back(case: VideoKyc) -> None:
    assert read(VideoKyc, written(case)) == case


@given(st.from_type(VkycUser))
def test_any_user_comes_back(user: VkycUser) -> None:
    assert read(VkycUser, written(user)) == user


AN_OUTER = Outer("t", Inner(datetime(2026, 1, 1)), date(2026, 1, 2), size=Size.SMALL)  # noqa: DTZ001 - read as written


def test_what_a_later_release_adds_is_ignored_at_every_depth() -> None:
    value = json.loads(written(AN_OUTER))
    value["new"] = 1
    value["inner"]["newer"] = {"a": 1}
    assert read(Outer, json.dumps(value).encode()) == AN_OUTER


def test_what_an_earlier_release_did_not_write_takes_its_default() -> None:
    value = json.loads(written(replace(AN_OUTER, many=(Inner(AN_OUTER.inner.at, ("x",)),), share=0.9)))
    for name in ("maybe", "many", "by_name", "anything", "colour", "size", "share"):
        del value[name]
    del value["inner"]["names"]
    assert read(Outer, json.dumps(value).encode()) == replace(AN_OUTER, size=None)


def test_what_no_release_has_written_is_an_error() -> None:
    for broken in (b"{}", b'{"text":"t","inner":{"at":"yesterday"},"day":"2026-01-01"}', b"[]", b"no"):
        with pytest.raises((TypeError, ValueError, AttributeError)):
            read(Outer, broken)
