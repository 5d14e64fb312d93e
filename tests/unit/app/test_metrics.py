"""The numbers: each call of an observer counts what it should, and the table is what is exported, both ways."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dastak.app.build import _rates, build
from dastak.app.metrics import table
from dastak.app.metrics.page import Page, Watched
from dastak.app.metrics.table import TABLE, Book
from dastak.app.pulse import Pulse
from dastak.app.settings import Settings, read_settings
from dastak.app.watch import Watch
from dastak.journeys.kyc_link.observing import LinkObserver
from dastak.journeys.video_kyc.observing import CaseObserver
from dastak.notices.notice import Channel
from dastak.notices.observing import NoticeObserver
from dastak.store.observing import StoreObserver
from dastak.video.rooms.house import Crowd
from dastak.web.api.observing import CallObserver
from dastak.webhooks.delivery import Settled
from dastak.webhooks.observing import DispatchObserver, TroubleObserver
from dastak.webhooks.post import Stage, Timings
from dastak.webhooks.replaying import ReplayObserver
from dastak.webhooks.trouble import Act
from dastak.webhooks.verdict import Outcome, Verdict
from dastak_sdk import FormStatus
from unit.webhooks.props import NOW, a_claim, an_answer

FORBIDDEN_LABELS = {
    "merchant",
    "merchant_id",
    "endpoint",
    "endpoint_id",
    "journey",
    "journey_id",
    "phone",
    "ip",
    "code",
}


class Backlog:
    """A store as the test wants it."""

    def __init__(self, pending: int = 7, due: datetime | None = NOW - timedelta(seconds=90)) -> None:
        self._pending, self._due = pending, due
        self.asked = 0
        self.broken = False

    async def pending(self, at_most: int) -> int:
        self.asked += 1
        if self.broken:
            raise OSError("the disk is gone")
        return min(self._pending, at_most)

    async def next_due(self) -> datetime | None:
        return self._due

    async def open_replays(self) -> int:
        return 4

    async def failing(self) -> int:
        return 4


def settings_of(folder: Path, **given: str) -> Settings:
    return read_settings({"DASTAK_DATA_DIR": str(folder), **{f"DASTAK_{name}": value for name, value in given.items()}})


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(settings_of(tmp_path))


def value(watch: Watch, name: str, **labels: str) -> float:
    found = watch._book.registry.get_sample_value(name, labels)
    assert found is not None, (name, labels)
    return found


def settled(outcome: Outcome, stage: Stage, attempt: int = 1, total_us: int = 30_000) -> Settled:
    claimed = replace(a_claim(attempt=attempt), created_at=NOW - timedelta(seconds=2))
    answer = replace(an_answer(), stage=stage, timings=Timings(total_us=total_us))
    return Settled(claimed, (), answer, Verdict(outcome, "why"), NOW, NOW)


def a_page(backlog: Backlog, crowd: Callable[[], Crowd] | None = None) -> tuple[Page, Book]:
    async def no_notice() -> datetime | None:
        return None

    book = Book()
    pulses = [Pulse("dispatcher", timedelta(1))]
    watched = Watched(
        backlog,
        no_notice,
        lambda: 3,
        lambda: 2,
        pulses,
        lambda: NOW,
        backlog.open_replays,
        backlog.failing,
        crowd or Crowd,
    )
    return Page(book, watched, book.counter(table.STORE_FAILURES)), book


def test_attempts_are_counted_by_outcome_and_stage_and_first_ones_by_their_lag(watch: Watch) -> None:
    observer: DispatchObserver = watch.dispatching
    observer.attempts_ended(
        [
            settled(Outcome.DELIVERED, Stage.ANSWERED),
            settled(Outcome.DELIVERED, Stage.ANSWERED, attempt=2),
            settled(Outcome.RETRY, Stage.TLS, total_us=4_000_000),
        ]
    )
    observer.attempts_ended([settled(Outcome.DELIVERED, Stage.ANSWERED)])
    assert value(watch, "dastak_attempts_total", outcome="delivered", stage="answered") == 3
    assert value(watch, "dastak_attempts_total", outcome="retry", stage="tls") == 1
    assert value(watch, "dastak_attempts_total", outcome="gone", stage="answered") == 0
    assert value(watch, "dastak_attempt_duration_seconds_count") == 4
    assert value(watch, "dastak_attempt_duration_seconds_sum") == pytest.approx(4.09)
    assert value(watch, "dastak_first_attempt_lag_seconds_count") == 3
    assert value(watch, "dastak_first_attempt_lag_seconds_sum") == pytest.approx(6)


def test_a_clock_that_went_back_makes_no_negative_lag(watch: Watch) -> None:
    late = settled(Outcome.DELIVERED, Stage.ANSWERED)
    watch.dispatching.attempts_ended([replace(late, started_at=NOW - timedelta(hours=1))])
    assert value(watch, "dastak_first_attempt_lag_seconds_sum") == 0


def test_claims_turns_and_failures_of_the_dispatcher(watch: Watch) -> None:
    observer: DispatchObserver = watch.dispatching
    observer.claimed(5, timedelta(milliseconds=2))
    observer.claimed(0, timedelta(milliseconds=1))
    observer.store_failed("claim")
    observer.store_failed("settle")
    observer.turned()
    assert value(watch, "dastak_deliveries_claimed_total") == 5
    assert value(watch, "dastak_claim_duration_seconds_count") == 2
    assert value(watch, "dastak_store_failures_total", during="claim") == 1
    assert value(watch, "dastak_store_failures_total", during="settle") == 1
    assert {pulse.name: bool(pulse.last_turn) for pulse in watch._pulses} == {
        "dispatcher": True,
        "notifier": False,
        "sweeper": False,
        "case_sweeper": False,
        "replayer": False,
        "trouble_sweeper": False,
        "keeper": False,
        "rooms": False,
    }


def test_replayed_deliveries_turns_and_failures_of_the_replayer(watch: Watch) -> None:
    observer: ReplayObserver = watch.replaying
    observer.replayed(5)
    observer.replayed(2)
    observer.replay_failed()
    observer.turned()
    assert value(watch, "dastak_replayed_deliveries_total") == 7
    assert value(watch, "dastak_store_failures_total", during="replay") == 1
    assert [pulse.name for pulse in watch._pulses if pulse.last_turn] == ["replayer"]


def test_notices_links_calls_limits_and_commits(watch: Watch) -> None:
    notices: NoticeObserver = watch.notifying
    notices.attempt_ended(Channel.SMS, "given_up")
    notices.queue_failed("settle")
    notices.turned()
    links: LinkObserver = watch.links
    links.link_made()
    links.link_ended(FormStatus.EXPIRED)
    links.event_committed("KYC_LINK_EXPIRED")
    links.otp_refused("too_soon")
    links.sweep_failed()
    links.swept()
    calls: CallObserver = watch.calls
    calls.answered("GET /api/v1/events", 429, timedelta(milliseconds=3))
    watch.limiting.refused("otp")
    store: StoreObserver = watch.storing
    store.committed(12, timedelta(milliseconds=4), durable=True)
    store.commit_failed(3)
    assert value(watch, "dastak_notice_attempts_total", channel="sms", outcome="given_up") == 1
    assert value(watch, "dastak_store_failures_total", during="notice_settle") == 1
    assert value(watch, "dastak_journeys_started_total", kind="kyc_link") == 1
    assert value(watch, "dastak_journeys_ended_total", kind="kyc_link", outcome="expired") == 1
    assert value(watch, "dastak_events_total", type="KYC_LINK_EXPIRED") == 1
    assert value(watch, "dastak_otp_refusals_total", reason="too_soon") == 1
    assert value(watch, "dastak_store_failures_total", during="sweep") == 1
    assert value(watch, "dastak_api_requests_total", operation="GET /api/v1/events", status="429") == 1
    assert value(watch, "dastak_rate_limited_total", bucket="otp") == 1
    assert value(watch, "dastak_store_commit_writes_sum") == 12
    assert value(watch, "dastak_store_commit_duration_seconds_count", durable="true") == 1
    assert value(watch, "dastak_store_failures_total", during="commit") == 1


def test_video_kycs_and_their_clock(watch: Watch) -> None:
    cases: CaseObserver = watch.cases
    cases.case_made()
    cases.case_moved("queued", "USER_QUEUED")
    cases.case_moved("auditor_decided", "AUDITOR_APPROVED")
    cases.case_moved("composed", "AUDITOR_APPROVED")
    cases.case_moved("time_up", "NO_AGENT_FOUND")
    cases.case_moved("cancelled", "VKYC_EXPIRED")
    cases.event_committed("VKYC_USER_CALL_QUEUED")
    cases.otp_refused("wrong")
    cases.sweep_failed()
    cases.swept()
    assert value(watch, "dastak_journeys_started_total", kind="video_kyc") == 1
    assert value(watch, "dastak_journeys_ended_total", kind="video_kyc", outcome="approved") == 1
    assert value(watch, "dastak_journeys_ended_total", kind="video_kyc", outcome="expired") == 1
    assert value(watch, "dastak_journeys_ended_total", kind="video_kyc", outcome="rejected") == 0
    assert value(watch, "dastak_video_kyc_signals_total", signal="composed") == 1
    assert value(watch, "dastak_events_total", type="VKYC_USER_CALL_QUEUED") == 1
    assert value(watch, "dastak_otp_refusals_total", reason="wrong") == 1
    assert value(watch, "dastak_store_failures_total", during="case_sweep") == 1
    assert [pulse.name for pulse in watch._pulses if pulse.last_turn] == ["case_sweeper"]


def test_what_is_done_about_failing_endpoints(watch: Watch) -> None:
    troubles: TroubleObserver = watch.troubles
    troubles.looked()
    troubles.acted(Act.WARN, "WEBHOOK_ENDPOINT_FAILING")
    troubles.acted(Act.DISABLE, "WEBHOOK_ENDPOINT_DISABLED")
    troubles.acted(Act.TELL_GONE, "WEBHOOK_ENDPOINT_DISABLED")
    troubles.acted(Act.TELL_RECOVERED, "WEBHOOK_ENDPOINT_RECOVERED")
    troubles.trouble_store_failed()
    assert value(watch, "dastak_endpoint_warnings_total") == 1
    assert value(watch, "dastak_endpoints_disabled_total", reason="failing") == 1
    assert value(watch, "dastak_endpoints_disabled_total", reason="gone") == 1
    assert value(watch, "dastak_endpoints_recovered_total") == 1
    assert value(watch, "dastak_events_total", type="WEBHOOK_ENDPOINT_DISABLED") == 2
    assert value(watch, "dastak_store_failures_total", during="trouble") == 1
    assert [pulse.name for pulse in watch._pulses if pulse.last_turn] == ["trouble_sweeper"]


async def test_the_backlog_is_looked_up_once_however_often_the_page_is_read() -> None:
    backlog = Backlog()
    page, book = a_page(backlog)
    for _ in range(5):
        await page.text()
    text = (await page.text()).decode()
    assert backlog.asked == 1
    assert "dastak_deliveries_pending 7.0\n" in text
    assert "dastak_deliveries_oldest_due_age_seconds 90.0\n" in text
    assert "dastak_notices_oldest_due_age_seconds 0.0\n" in text
    assert "dastak_endpoints_failing 4.0\n" in text
    assert "dastak_attempts_in_flight 3.0\n" in text
    assert "dastak_replays_open 4.0\n" in text
    assert book.registry.get_sample_value("dastak_loop_last_turn_timestamp_seconds", {"loop": "dispatcher"}) == 0


async def test_what_is_due_later_is_not_late() -> None:
    page, _ = a_page(Backlog(due=NOW + timedelta(seconds=5)))
    assert b"dastak_deliveries_oldest_due_age_seconds 0.0\n" in await page.text()


async def test_calls_are_shown_as_they_are_and_lost_packets_only_grow() -> None:
    now = Crowd(2, 3, 5)
    page, _ = a_page(Backlog(), lambda: now)
    text = (await page.text()).decode()
    assert "dastak_call_rooms 2.0\n" in text
    assert "dastak_call_connections 3.0\n" in text
    assert "dastak_call_packets_lost_total 5.0\n" in text
    for lost, shown in ((4, 5), (9, 9)):
        now = Crowd(0, 0, lost)
        assert f"dastak_call_packets_lost_total {shown}.0\n" in (await page.text()).decode()


async def test_a_store_that_is_down_leaves_the_rest_of_the_page() -> None:
    backlog = Backlog()
    backlog.broken = True
    page, book = a_page(backlog)
    assert b"dastak_attempts_in_flight 3.0\n" in await page.text()
    assert math.isnan(book.registry.get_sample_value("dastak_deliveries_pending") or 0)
    assert book.registry.get_sample_value("dastak_store_failures_total", {"during": "scrape"}) == 1


def families(folder: Path) -> Iterator[tuple[str, str, str]]:
    for family in build(settings_of(folder)).metrics.registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        yield name, family.type, family.documentation


def test_what_is_exported_is_the_table_and_the_table_is_exported(tmp_path: Path) -> None:
    found = list(families(tmp_path))
    ours = {(name, kind, text) for name, kind, text in found if name.startswith("dastak_")}
    assert ours == {(metric.name, metric.kind, metric.help) for metric in TABLE}
    assert {name for name, _, _ in found if not name.startswith("dastak_")} == {
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_start_time_seconds",
        "process_open_fds",
        "process_max_fds",
    }


def test_no_label_grows_with_merchants_or_customers() -> None:
    for metric in TABLE:
        assert not {label.name for label in metric.labels} & FORBIDDEN_LABELS
        assert all(label.values or label.meaning for label in metric.labels), metric.name


def test_names_and_buckets_keep_the_habits_of_prometheus() -> None:
    for metric in TABLE:
        assert metric.name.startswith("dastak_")
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert bool(metric.buckets) == (metric.kind == "histogram")
        assert list(metric.buckets) == sorted(set(metric.buckets))
        assert metric.help.endswith(".")


def test_every_bucket_of_the_limiter_is_a_known_label(tmp_path: Path) -> None:
    (label,) = table.LIMITED.labels
    assert set(label.values) == set(_rates(settings_of(tmp_path)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"PUBLIC_URL": "http://localhost:8800"}, True),
        ({"PUBLIC_URL": "http://[::1]:8800"}, True),
        ({"PUBLIC_URL": "https://kyc.example.com"}, False),
        ({"HOST": "10.0.0.5"}, False),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, False),
    ],
)
def test_a_server_that_others_reach_shows_its_numbers_to_nobody_without_a_token(
    tmp_path: Path, given: dict[str, str], expected: bool
) -> None:
    readers = Watch(settings_of(tmp_path, **given)).readers
    assert (readers.token, readers.this_machine) == ("", expected)
