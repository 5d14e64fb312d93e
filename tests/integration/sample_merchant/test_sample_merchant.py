"""The example that people copy must do what it teaches."""

import json
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest

from dastak_sdk import encode_test_event
from integration.sample_merchant.running import SECRET, RunningMerchant, event_body, signed, signed_standard

pytestmark = pytest.mark.slow


@pytest.fixture
def merchant(tmp_path: Path) -> Iterator[RunningMerchant]:
    with RunningMerchant(tmp_path) as running:
        yield running


def test_a_signed_event_is_kept_and_shown(merchant: RunningMerchant) -> None:
    body = event_body()
    assert merchant.post(body, signed(body, **{"x-webhook-attempt": "3"})) == (200, "")
    page = merchant.get()
    for words in ("KYC_LINK_ACTION_PERFORMED", "order-1", "Aadhaar <b>SUCCESS</b>", "attempt 3", "signature verified"):
        assert words in page


def test_the_same_event_twice_counts_once(merchant: RunningMerchant) -> None:
    body = event_body()
    answers = [merchant.post(body, signed(body, **{"x-webhook-attempt": str(number)})) for number in (1, 2, 3)]
    assert answers == [(200, "")] * 3
    page = merchant.get()
    assert page.count("<details") == 1
    assert "2 duplicates ignored" in page


def test_forged_and_broken_posts_are_refused_with_a_reason(merchant: RunningMerchant) -> None:
    body = event_body()
    assert merchant.post(body, signed(body, "another secret")) == (401, "signature_mismatch")
    assert merchant.post(body + b" ", signed(body)) == (401, "signature_mismatch")
    assert merchant.post(body, {}) == (400, "missing_header")
    page = merchant.get()
    assert "signature_mismatch 2, missing_header 1" in page or "missing_header 1, signature_mismatch 2" in page
    assert "order-1" not in page


def test_a_signed_test_of_the_url_is_accepted_and_not_kept(merchant: RunningMerchant) -> None:
    for body in (encode_test_event(datetime.now(UTC)), b'{"data": {"test_object": {"test_key": "test_value"}}}'):
        assert merchant.post(body, signed(body)) == (200, "")
    assert "Nothing has knocked yet" in merchant.get()


def test_what_cannot_be_read_is_kept_and_shown(merchant: RunningMerchant) -> None:
    body = json.dumps({"type": "WEBHOOK", "data": {"of": "another product"}}).encode()
    assert merchant.post(body, signed(body)) == (200, "")
    page = merchant.get()
    assert "Video KYC and other events" in page
    assert "another product" in page


def test_events_are_there_after_a_restart(tmp_path: Path) -> None:
    body = event_body()
    with RunningMerchant(tmp_path) as first:
        assert first.post(body, signed(body)) == (200, "")
        assert "Stopped." in first.stop(signal.SIGINT)
    with RunningMerchant(tmp_path) as second:
        assert "order-1" in second.get()
        assert second.post(body, signed(body)) == (200, "")


@pytest.mark.parametrize("numbers", [("2", "1"), (None, None)], ids=["numbered", "not numbered"])
def test_a_late_event_does_not_overwrite_a_newer_state(
    merchant: RunningMerchant, tmp_path: Path, numbers: tuple[str | None, str | None]
) -> None:
    newer, older = event_body(status="SUCCESS", type_="KYC_LINK_SUCCESS"), event_body()
    for body, number in zip((newer, older), numbers, strict=True):
        merchant.post(body, signed(body, **({"x-dastak-sequence": number} if number else {})))
    with closing(sqlite3.connect(tmp_path / "merchant.db")) as ledger:
        assert ledger.execute("SELECT form_status FROM customers").fetchall() == [("SUCCESS",)]
        assert ledger.execute("SELECT count(*) FROM events").fetchone() == (2,)


def test_a_webhook_secret_may_come_later(merchant: RunningMerchant) -> None:
    body = event_body()
    assert merchant.post(body, signed_standard(body))[0] == 401
    merchant.write_secrets(webhook_secrets=["whsec_b2xk", "whsec_c2FtcGxlIG1lcmNoYW50IHRlc3Qga2V5IG9mIDMyIGI="])
    assert merchant.post(body, signed_standard(body)) == (200, "")
    other = event_body("order-2")
    assert merchant.post(other, signed(other)) == (200, "")  # the environment's client secret still counts


def test_a_half_written_secrets_file_changes_nothing(merchant: RunningMerchant, tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"client_secret": "ne', encoding="utf-8")
    body = event_body()
    assert merchant.post(body, signed(body)) == (200, "")


def test_an_inbox_in_trouble_asks_the_sender_to_come_back(merchant: RunningMerchant, tmp_path: Path) -> None:
    body = event_body()
    with closing(sqlite3.connect(tmp_path / "merchant.db", isolation_level=None)) as ledger:
        ledger.execute("ALTER TABLE dastak_inbox RENAME TO hidden")
        assert merchant.post(body, signed(body)) == (500, "handler_failed")
        ledger.execute("ALTER TABLE hidden RENAME TO dastak_inbox")
    assert merchant.post(body, signed(body)) == (200, "")


def test_an_effect_that_fails_is_undone_and_tried_again_from_the_inbox(
    merchant: RunningMerchant, tmp_path: Path
) -> None:
    body = event_body()
    with closing(sqlite3.connect(tmp_path / "merchant.db", isolation_level=None)) as ledger:
        ledger.execute("ALTER TABLE customers RENAME TO hidden")
        assert merchant.post(body, signed(body)) == (200, "")
        assert ledger.execute("SELECT count(*) FROM events").fetchone() == (0,)  # the event went back with its effect
        ledger.execute("ALTER TABLE hidden RENAME TO customers")
    with closing(HTTPConnection("127.0.0.1", merchant.port, timeout=20)) as connection:
        connection.request("GET", "/live")
        lines = iter(connection.getresponse().readline, b"")
        assert next(line for line in lines if line.startswith(b"data:"))
    assert "order-1" in merchant.get()


class Events(BaseHTTPRequestHandler):
    """Answers `GET /api/v1/events` with the first event of a journey."""

    def do_GET(self) -> None:
        event = {"id": "evt_1", "sequence": 1, "raw_body": event_body().decode()}
        body = json.dumps({"data": [event], "cursor": "1", "next": None}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        pass


def test_an_event_that_is_missing_is_fetched(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Events) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        keys = {"MERCHANT_CLIENT_ID": "cid", "MERCHANT_CLIENT_SECRET": SECRET}
        api = f"http://127.0.0.1:{server.server_port}"
        with (
            RunningMerchant(tmp_path, api=api, environment=keys) as running,
            closing(HTTPConnection("127.0.0.1", running.port, timeout=20)) as connection,
        ):
            connection.request("GET", "/live")
            lines = iter(connection.getresponse().readline, b"")
            second = event_body(status="SUCCESS", type_="KYC_LINK_SUCCESS")
            assert running.post(second, signed(second, **{"x-dastak-sequence": "2"})) == (200, "")
            page = ""
            while "no. 1" not in page:
                assert next(line for line in lines if line.startswith(b"data:"))
                page = running.get()
        assert "no. 2" in page
        server.shutdown()
        thread.join()


def test_without_any_secret_nothing_is_accepted(tmp_path: Path) -> None:
    with RunningMerchant(tmp_path, environment={}) as running:
        body = event_body()
        assert running.post(body, signed(body)) == (401, "no_matching_secret")


def test_the_live_stream_tells_of_a_new_event(merchant: RunningMerchant) -> None:
    connection = HTTPConnection("127.0.0.1", merchant.port, timeout=20)
    with closing(connection):
        connection.request("GET", "/live")
        stream = connection.getresponse()
        assert stream.getheader("content-type") == "text/event-stream"
        body = event_body()
        merchant.post(body, signed(body))
        lines = iter(stream.readline, b"")
        assert next(line for line in lines if line.startswith(b"data:")).strip() == b"data: 1"
    assert "order-1" in merchant.get("/events")


def test_hostile_content_is_only_text(merchant: RunningMerchant) -> None:
    body = event_body('"><script>alert(1)</script>', name="<img src=x onerror=alert(1)>", status="<b>")
    assert merchant.post(body, signed(body)) == (200, "")
    page = merchant.get()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_page_has_a_strict_policy_and_answers_to_its_own_name_only(merchant: RunningMerchant) -> None:
    _, page, headers = merchant.ask("GET", "/", b"", {})
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "style=" not in page
    assert merchant.ask("GET", "/", b"", {"host": "rebound.example"})[0] == 403
    for url in ("/static/merchant.css", "/static/live.js", "/static/mark.svg"):
        assert merchant.ask("GET", url, b"", {})[0] == 200
    assert merchant.ask("GET", "/static/../ledger.py", b"", {})[0] == 404


def test_a_body_without_a_length_or_too_large_is_not_read(merchant: RunningMerchant) -> None:
    assert merchant.post(b"", {"content-length": "999999999"}) == (413, "body_too_large")
    assert merchant.post(b"", {"content-length": "-1"}) == (411, "content_length_needed")


class FakeApi(BaseHTTPRequestHandler):
    """Answers `POST /verification/form` once as the API does, then with an error."""

    seen: list[tuple[str, str | None, dict[str, str]]]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.seen.append((self.path, self.headers["x-client-secret"], asked))
        status = 200 if len(self.seen) == 1 else 422
        answer = {"form_link": "https://kyc.example/verification/NewLink00001", "message": "Insufficient balance <b>"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        pass


@pytest.fixture
def api() -> Iterator[HTTPServer]:
    FakeApi.seen = []
    with HTTPServer(("127.0.0.1", 0), FakeApi) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_button_creates_a_link_and_shows_it(tmp_path: Path, api: HTTPServer) -> None:
    form = urlencode({"phone": "9999999999", "name": "Asha Rao"}).encode()
    with RunningMerchant(tmp_path, api=f"http://127.0.0.1:{api.server_port}") as running:
        own = {"origin": f"http://127.0.0.1:{running.port}"}
        status, _, headers = running.ask("POST", "/links", form, own)
        assert status == 303
        path, secret, asked = FakeApi.seen[0]
        assert (path, secret) == ("/verification/form", "client-secret-of-the-merchant")
        assert asked["template_name"] == "Full_kyc"
        assert headers["location"] == f"/#{asked['verification_id']}"
        assert 'href="https://kyc.example/verification/NewLink00001"' in running.get()
        status, page, _ = running.ask("POST", "/links", form, own)
        assert status == 502
        assert "Dastak answered 422: Insufficient balance &lt;b&gt;" in page


def test_the_button_works_from_its_own_page_only(merchant: RunningMerchant) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "rebound.example"}):
        assert merchant.ask("POST", "/links", b"phone=9999999999", headers)[0] == 403
