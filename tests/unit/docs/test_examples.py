"""The Python examples that need no server, run as they stand."""

import threading
import time
import urllib.error
import urllib.request
from http.server import HTTPServer
from typing import Any

import pytest

from dastak_sdk import Receiver, sign, sign_standard
from unit.docs.pages import DOCS, ROOT, blocks, text_of

EVENT = (ROOT / "sdk" / "tests" / "samples" / "KYC_LINK_SUCCESS.json").read_bytes()
VECTOR_BODY = b'{"event_type":"VKYC_USER_LINK_GENERATED","data":{}}'
VECTOR_SECRET = "cfsk_test_secret"
VECTOR_TIME = "1746427759733"


def run(code: str, name: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, name, "exec"), names)  # noqa: S102 - our own pages
    return names


def post(url: str, secret: str) -> int:
    timestamp = str(int(time.time() * 1000))
    headers = {"x-webhook-timestamp": timestamp, "x-webhook-signature": sign(secret, timestamp, EVENT)}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, EVENT, headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code


def test_the_receiver_of_the_readme_accepts_an_event_and_refuses_a_forged_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (block,) = blocks(ROOT / "README.md", "python")
    with HTTPServer(("127.0.0.1", 0), run(block.code, "README.md")["Handler"]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            assert post(url, "your client secret") == 200
            assert post(url, "wrong") == 401
        finally:
            server.shutdown()
            thread.join()
    assert "KYC_LINK_SUCCESS KycLinkData(" in capsys.readouterr().out


def test_the_check_vectors_of_the_page_hold() -> None:
    page = text_of("verify-in-any-language.md")
    assert f"`{VECTOR_BODY.decode()}`" in page
    assert f"`{sign(VECTOR_SECRET, VECTOR_TIME, VECTOR_BODY)}`" in page
    secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    assert f"`{secret}`" in page
    assert f"`{sign_standard(secret, 'evt_test', '1746427759', VECTOR_BODY)}`" in page


def test_verifying_without_the_sdk_accepts_the_vector_and_refuses_the_rest() -> None:
    (block,) = blocks(DOCS / "verify-in-any-language.md", "python")
    verify = run(block.code, block.title)["verify"]
    headers = {
        "x-webhook-timestamp": VECTOR_TIME,
        "x-webhook-signature": sign(VECTOR_SECRET, VECTOR_TIME, VECTOR_BODY),
    }
    now = int(VECTOR_TIME) / 1000
    assert verify(headers, VECTOR_BODY, VECTOR_SECRET, now)["event_type"] == "VKYC_USER_LINK_GENERATED"
    for refused in (
        (headers, VECTOR_BODY + b" ", VECTOR_SECRET, now),
        (headers, VECTOR_BODY, "other", now),
        (headers, VECTOR_BODY, VECTOR_SECRET, now + 301),
        ({}, VECTOR_BODY, VECTOR_SECRET, now),
    ):
        with pytest.raises(ValueError, match=r"signature_mismatch|stale_timestamp"):
            verify(*refused)


def test_the_example_of_a_rotation_makes_a_receiver_of_two_secrets() -> None:
    (block,) = blocks(DOCS / "rotate-a-secret.md", "python")
    assert isinstance(run(block.code, "rotate-a-secret.md")["receiver"], Receiver)
