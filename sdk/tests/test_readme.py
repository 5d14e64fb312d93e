"""The examples of the README, run as they stand."""

import re
import threading
import time
import urllib.error
import urllib.request
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest

from dastak_sdk import pytest_plugin, sign
from dastak_sdk.deliveries import Deliveries
from dastak_sdk.in_process import opened

README = (Path(__file__).parents[1] / "README.md").read_text()
RECEIVER, FRAMEWORK, JOINED, CONFTEST, TESTING = re.findall(r"```python[^\n]*\n(.*?)```", README, re.DOTALL)
BODY = (Path(__file__).parent / "samples" / "KYC_LINK_SUCCESS.json").read_bytes()


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "README.md", "exec"), names)  # noqa: S102 - our own README
    return names


def post(url: str, secret: str) -> int:
    timestamp = str(int(time.time() * 1000))
    headers = {"x-webhook-timestamp": timestamp, "x-webhook-signature": sign(secret, timestamp, BODY)}
    request = urllib.request.Request(url, BODY, headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code


def test_the_receiver_accepts_a_signed_event_and_refuses_a_forged_one(capsys: pytest.CaptureFixture[str]) -> None:
    with HTTPServer(("127.0.0.1", 0), run(RECEIVER)["Handler"]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            assert post(url, "your client secret") == 200
            assert post(url, "wrong") == 401
        finally:
            server.shutdown()
            thread.join()
    printed = capsys.readouterr().out
    assert "KYC_LINK_SUCCESS KycLinkData(" in printed
    assert "signature_mismatch:" in printed


def test_the_decorated_function_is_an_operation_of_the_framework(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "your client secret")
    assert "post" in run(FRAMEWORK)["app"].openapi()["paths"]["/webhooks"]


def test_with_an_inbox_the_decorated_function_has_its_effect_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run(JOINED)
    names["inbox"].store.create_tables()
    with names["inbox"].store.transaction() as transaction:
        transaction.handle.execute("CREATE TABLE customers (id TEXT, last_event TEXT)")
        transaction.handle.execute("INSERT INTO customers VALUES ('order-1', '')")
    with opened(names["app"]) as send:
        webhooks = Deliveries(send, "/webhooks", "your client secret")
        answers = webhooks.duplicate("KYC_LINK_SUCCESS", verification_id="order-1")
    assert [answer.status for answer in answers] == [200, 200]
    with names["inbox"].store.transaction() as transaction:
        assert transaction.handle.execute("SELECT last_event FROM customers").fetchall() == [("KYC_LINK_SUCCESS",)]


def test_the_fixtures_that_a_merchant_writes_are_those_of_the_plugin() -> None:
    theirs = {name for name in run(CONFTEST) if name.startswith("webhook")}
    assert theirs == {"webhook_app", "webhook_secret", "webhook_path"}
    assert all(hasattr(pytest_plugin, name) for name in theirs)


def test_the_table_names_all_that_the_sender_can_do() -> None:
    for name in vars(Deliveries):
        assert name.startswith("_") or f"`webhooks.{name}(" in README or f"`.{name}(" in README, name


def test_the_example_for_testing_your_side_holds() -> None:
    run(TESTING)
