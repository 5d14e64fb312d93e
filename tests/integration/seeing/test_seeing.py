"""What a real server shows of itself: numbers that are true, to whoever may see them, and readiness that is true."""

import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.api import Api, new_verification_id
from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer

pytestmark = pytest.mark.slow

PHONE = "9123456780"
TOKEN = "a-token-for-metrics-0123"


def fetch(url: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def customer_of(verification_id: str) -> dict[str, object]:
    return {"verification_id": verification_id, "phone": PHONE, "notification_types": ["sms"]}


def samples(server: RunningServer) -> dict[str, float]:
    """Every sample of the page, by its name and labels as written there."""
    status, page = fetch(f"{server.url}/metrics")
    assert status == 200
    lines = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("seeing")) as running:
        yield running


@pytest.fixture
def api(server: RunningServer) -> Iterator[Api]:
    with server.api() as client:
        yield client


def test_a_journey_with_a_receiver_that_fails_shows_in_the_numbers(server: RunningServer, api: Api) -> None:
    before, notices = samples(server), len(server.log(event="notice.attempt"))
    with HookReceiver() as receiver:
        endpoint = api.add_endpoint(receiver.url("/hook"), retry_policy={"intervals_seconds": [1]})
        receiver.answer_events("/hook", Reply(500))
        verification_id = new_verification_id()
        link = api.create_link("Pan_verification", **customer_of(verification_id))
        with Customer(link["form_link"]) as customer:
            customer.sign_in()
            customer.pan()
        receiver.wait_for(3, path="/hook")
        server.wait_for_log(2, event="attempt", outcome="delivered", endpoint_id=endpoint["id"])
        server.wait_for_log(notices + 2, event="notice.attempt")
        assert api.get("/verification/form").status == 400
        after = samples(server)

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert more('dastak_journeys_started_total{kind="kyc_link"}') == 1
    assert more('dastak_journeys_ended_total{kind="kyc_link",outcome="success"}') == 1
    assert more('dastak_events_total{type="KYC_LINK_SUCCESS"}') == 1
    assert more('dastak_attempts_total{outcome="delivered",stage="answered"}') == 2
    assert more('dastak_attempts_total{outcome="retry",stage="answered"}') == 1
    assert more("dastak_attempt_duration_seconds_count") == 3
    assert more("dastak_first_attempt_lag_seconds_count") == 2
    assert more("dastak_deliveries_claimed_total") == 3
    assert more('dastak_notice_attempts_total{channel="sms",outcome="sent"}') == 2, "the invitation and the code"
    assert more('dastak_api_requests_total{operation="POST /verification/form",status="200"}') == 1
    assert more('dastak_api_requests_total{operation="GET /verification/form",status="400"}') == 1
    assert more('dastak_store_commit_duration_seconds_count{durable="true"}') > 3
    assert after["dastak_attempts_in_flight"] == 0
    assert after['dastak_loop_last_turn_timestamp_seconds{loop="dispatcher"}'] > 1_700_000_000
    page = fetch(f"{server.url}/metrics")[1]
    for secret in (server.merchant.id, endpoint["id"], verification_id, PHONE, receiver.url("/hook")):
        assert secret not in page


def test_the_page_is_one_that_a_strict_reader_accepts(server: RunningServer) -> None:
    page = fetch(f"{server.url}/metrics")[1]
    assert page.endswith("\n")
    for line in page.splitlines():
        assert re.fullmatch(
            r"# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+=\"[^\"\\]*\",?)+\})? (NaN|[+-]?[0-9.e+-]+)", line
        ), line


def test_with_a_token_the_token_is_needed_even_here(tmp_path: Path) -> None:
    with RunningServer(tmp_path, merchants=(), metrics_token=TOKEN) as server:
        assert fetch(f"{server.url}/metrics")[0] == 401
        assert fetch(f"{server.url}/metrics", authorization=f"Bearer {TOKEN}x")[0] == 401
        status, page = fetch(f"{server.url}/metrics", authorization=f"Bearer {TOKEN}")
        assert status == 200
        assert TOKEN not in page
        assert TOKEN not in "\n".join(server.lines())


def test_behind_a_proxy_the_numbers_need_a_token(tmp_path: Path) -> None:
    with RunningServer(tmp_path, merchants=(), trusted_proxies="127.0.0.1") as server:
        status, text = fetch(f"{server.url}/metrics")
        assert (status, "DASTAK_METRICS_TOKEN" in text) == (403, True)
        assert fetch(f"{server.url}/metrics", x_forwarded_for="127.0.0.1")[0] == 403
        assert fetch(f"{server.url}/readyz")[0] == 200


def test_a_store_that_cannot_commit_makes_it_unready_and_it_recovers_by_itself(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        loops = ("dispatcher", "notifier", "sweeper", "case_sweeper", "replayer", "trouble_sweeper", "keeper", "rooms")
        parts = ",".join(f'"{name}":"ok"' for name in ("store", *loops, "attempts"))
        assert fetch(f"{server.url}/readyz") == (200, f'{{"status":"ready","parts":{{{parts}}}}}')
        with closing(sqlite3.connect(server.data_dir / "dastak.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # somebody else holds the file: no commit gets through
            while (answer := fetch(f"{server.url}/readyz"))[0] == 200:
                pass  # what was true a moment ago is remembered for a second
            status, text = answer
            assert (status, '"store":"no commit within 3 s"' in text) == (503, True)
            assert fetch(f"{server.url}/healthz") == (200, '{"status":"ok"}')
            assert fetch(f"{server.url}/metrics")[0] == 200
            other.execute("ROLLBACK")
        while fetch(f"{server.url}/readyz")[0] != 200:
            pass  # asked again at once: the answer changes within a second of the commit
        with server.api() as api:
            assert api.create_link()["form_status"] == "RECEIVED"
