"""Which of two events is newer where nothing but the contract's fields can say so."""

from datetime import datetime, timedelta, timezone
from itertools import combinations

import pytest

from dastak_sdk import SUB_STATUSES, Event, KycLinkData, VerificationDetail, VideoKycData, encode_event, parse_event
from dastak_sdk.inbox.record import lane_of
from dastak_sdk.inbox.standing import NOTHING, Standing, standing_of

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


def video(sub_status: str, seconds: int = 0, event_type: str = "VKYC_USER_CALL_QUEUED") -> Event:
    data = VideoKycData(
        "v", 1, 2, "u", SUB_STATUSES[sub_status].status, sub_status, "https://kyc.example/x", "2026-02-04"
    )
    return parse_event(encode_event(event_type, NOON + timedelta(seconds=seconds), data, client_secret=None))


def link(form_status: str, *checks: str, seconds: int = 0, event_type: str = "") -> Event:
    details = tuple(
        VerificationDetail(number, "PANDETAILS_VERIFICATION", status) for number, status in enumerate(checks)
    )
    data = KycLinkData(None, "9", None, "v", 1, "2026-02-04", "https://kyc.example/x", form_status, details)
    event_type = event_type or {"RECEIVED": "KYC_LINK_ACTION_PERFORMED"}.get(form_status, f"KYC_LINK_{form_status}")
    return parse_event(encode_event(event_type, NOON + timedelta(seconds=seconds), data, client_secret=None))


def standing(event: Event) -> Standing:
    found = standing_of(event)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("older", "newer"),
    list(
        combinations(
            [
                link("RECEIVED", "RECEIVED", "FAILED"),
                link("RECEIVED", "RECEIVED", "SUCCESS"),
                link("RECEIVED", "FAILED", "SUCCESS"),
                link("RECEIVED", "SUCCESS", "SUCCESS"),
                link("SUCCESS", "SUCCESS", "SUCCESS", event_type="KYC_LINK_ACTION_PERFORMED"),
                link("SUCCESS", "SUCCESS", "SUCCESS"),
            ],
            2,
        )
    ),
)
def test_within_one_second_a_kyc_link_goes_by_its_checks(older: Event, newer: Event) -> None:
    assert NOTHING < standing(older) < standing(newer)


@pytest.mark.parametrize(
    ("older", "newer"),
    list(
        combinations(
            [
                "LINK_GENERATED",
                "AADHAAR_VERIFICATION_SUCCESS",
                "USER_QUEUED",
                "USER_ACCEPTED_MEETING",
                "USER_DROPPED_OFF",
                "AGENT_APPROVED",
                "AUDITOR_APPROVED",
            ],
            2,
        )
    ),
)
def test_within_one_second_a_video_kyc_goes_by_the_rank_of_its_status(older: str, newer: str) -> None:
    assert standing(video(older)) < standing(video(newer))


def test_after_a_dropped_call_the_queue_is_newer() -> None:
    assert standing(video("USER_DROPPED_OFF")) < standing(video("USER_QUEUED", seconds=1))


@pytest.mark.parametrize("end", ["AUDITOR_APPROVED", "AUDITOR_REJECTED", "VKYC_EXPIRED", "INSUFFICIENT_BALANCE"])
def test_nothing_is_newer_than_an_end_whatever_a_clock_says(end: str) -> None:
    assert standing(video("AGENT_APPROVED", seconds=3600)) < standing(video(end))
    assert standing(video("USER_QUEUED", seconds=3600)) < standing(video("AGENT_APPROVED"))


@pytest.mark.parametrize("end", ["SUCCESS", "EXPIRED"])
def test_a_late_check_is_not_newer_than_the_end_of_its_link(end: str) -> None:
    assert standing(link("RECEIVED", "FAILED", seconds=3600)) < standing(link(end, "RECEIVED"))


def test_a_journey_is_named_by_product_and_id_of_unknown_events_too() -> None:
    assert lane_of(link("SUCCESS")) == "kyc_link:v"
    assert lane_of(video("USER_QUEUED")) == "video_kyc:v"
    assert lane_of(video("USER_QUEUED", event_type="VKYC_USER_CALL_QUEUED")) == "video_kyc:v"
    newer = '{"event_type":"VKYC_NEW","event_time":"2026-01-05T12:00:00Z","data":{"verification_id":"v"}}'
    assert lane_of(parse_event(newer.encode())) == "video_kyc:v"
    other = '{"event_type":"OTHER","event_time":"2026-01-05T12:00:00Z","data":{"verification_id":"v"}}'
    assert lane_of(parse_event(other.encode())) is None
