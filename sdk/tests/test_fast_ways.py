"""The fast ways of reading give what the long ways give: the same values, the same refusals."""

import copy
import dataclasses
import json
import pickle
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dastak_sdk import Event, KycLinkData, PayloadError, VerificationDetail, VideoKycData, headers
from dastak_sdk.envelope import _parts, _parts_one_by_one
from dastak_sdk.event_time import read_time, write_time
from dastak_sdk.frozen import maker
from dastak_sdk.json_text import decode

SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS | PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4)
)
WHITE = st.text(" \t\r\n", max_size=3)


@given(VALUES, WHITE, WHITE, st.booleans())
def test_json_is_read_as_the_standard_library_reads_it(
    value: object, before: str, after: str, ascii_only: bool
) -> None:
    text = before + json.dumps(value, ensure_ascii=ascii_only) + after
    assert decode(text.encode()) == json.loads(text)


@given(st.text('{}[]":,0 anulrtefs.\\', max_size=12))
@example('{"a":')
@example('{"a":1}x')
@example('{"a":1} \x0b')
def test_what_the_standard_library_refuses_is_refused(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(PayloadError):
            decode(text.encode())
    else:
        assert decode(text.encode()) == expected


@given(st.datetimes(), st.sampled_from(["iso", "space"]))
def test_times_come_back_to_the_second(moment: datetime, form: str) -> None:
    aware = moment.replace(tzinfo=timezone.utc)
    read = read_time(write_time(aware, form))  # type: ignore[arg-type]
    assert read == aware.replace(microsecond=0)
    assert read.tzinfo is timezone.utc


@pytest.mark.parametrize(
    "written",
    [
        "2025-13-01T00:00:00Z",
        "2025-W21-4T03:51:14Z",
        "2025-05-2٢T03:51:14Z",
        "2025-05- 1T03:51:14Z",
        "+025-05-11T03:51:14Z",
    ],
)
def test_what_only_looks_like_a_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"neither|must be|month"):
        read_time(written)


@pytest.mark.parametrize("frozen", [Event, KycLinkData, VerificationDetail, VideoKycData])
def test_what_a_maker_makes_is_an_instance_like_any_other(frozen: Any) -> None:
    names = [each.name for each in dataclasses.fields(frozen)]
    values = [{} if name == "extra" else f"{name} of it" for name in names]
    made, usual = maker(frozen)(dict(zip(names, values, strict=True))), frozen(*values)
    assert type(made) is frozen
    assert (made, hash(made), repr(made)) == (usual, hash(usual), repr(usual))
    assert copy.copy(made) == pickle.loads(pickle.dumps(made)) == dataclasses.replace(made) == usual  # noqa: S301 - ours
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, names[0], "another")


@pytest.mark.parametrize(
    "sample", sorted((Path(__file__).parent / "samples").glob("*.json")), ids=lambda path: path.stem
)
def test_an_object_that_is_read_stays_as_it_was(sample: Path) -> None:
    """Whoever gives a dict away has it read in place; whoever calls `from_json` keeps theirs."""
    data = json.loads(sample.read_text())["data"]
    kind = KycLinkData if "form_status" in data else VideoKycData
    before = copy.deepcopy(data)
    first = kind.from_json(data)
    assert data == before
    assert kind.from_json(data) == first


NAMES = st.sampled_from(["event_type", "event_time", "version", "data", "signature", "more"])
ENVELOPES: st.SearchStrategy[dict[str, object]] = st.dictionaries(
    NAMES, st.none() | st.just("x") | st.just({}) | st.just(1) | st.just([]), max_size=6
)


@given(ENVELOPES | VALUES, st.booleans())
def test_an_envelope_is_read_at_once_as_it_is_part_by_part(envelope: object, signed: bool) -> None:
    if isinstance(envelope, dict) and signed:
        envelope = {"event_type": "x", "event_time": "x", "data": {}, "version": None, **envelope}
    try:
        expected = _parts_one_by_one(copy.deepcopy(envelope), None)
    except PayloadError:
        assert _parts(envelope) is None
    else:
        assert _parts(envelope) in (None, expected)


@pytest.mark.parametrize("version", ["v1", None])
@pytest.mark.parametrize("signature", ["s", None])
def test_the_usual_envelopes_are_read_at_once(version: str | None, signature: str | None) -> None:
    envelope = {"event_type": "x", "event_time": "x", "version": version, "data": {"a": 1}}
    assert _parts(envelope) == ("x", "x", version, {"a": 1}, None, {})
    assert _parts({**envelope, "signature": signature}) == ("x", "x", version, {"a": 1}, signature, {})


def test_header_names_are_kept_in_mind_up_to_a_bound_and_known_ones_always() -> None:
    before = dict(headers._MEANT)
    try:
        for number in range(2000):
            assert headers.Found({f"X-Other-{number}": "1"}) == {}
        headers.Found({"x" * 100_000: "1"})
        assert len(headers._MEANT) <= 512
        assert max(map(len, headers._MEANT)) <= 64
        for name in ("webhook-id", "Webhook-Id", "WEBHOOK-ID", b"webhook-id", b"Webhook-ID"):
            assert headers.Found([(name, "msg_1")]) == {"webhook-id": "msg_1"}
    finally:
        headers._MEANT.clear()
        headers._MEANT.update(before)
