"""The test vectors under spec/ hold for the SDK: what is accepted, why not, and what is the same event."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from dastak_sdk import Receiver, WebhookError

VECTORS = Path(__file__).parents[3] / "spec" / "vectors"
CLIENT, WHSEC = "cfsk_test_secret", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def cases(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((VECTORS / name).read_text("utf-8"))["cases"]
    return loaded


def verdict(case: dict[str, Any]) -> str | None:
    receiver = Receiver(case["secrets"], clock=lambda: case["now_ms"] / 1000)
    try:
        receiver.verify(case["headers"], base64.b64decode(case["body_base64"]))
    except WebhookError as problem:
        return "signature_ok" if problem.reason in {"bad_envelope", "bad_json"} else str(problem.reason)
    return None


@pytest.mark.parametrize("case", cases("signature.json"), ids=lambda case: case["name"])
def test_the_sdk_says_what_the_vector_says(case: dict[str, Any]) -> None:
    said = verdict(case)
    assert (None if said == "signature_ok" else said) == case["reason"]
    assert case["accepted"] == (case["reason"] is None)


def test_names_are_unique_and_both_schemes_have_good_and_bad() -> None:
    every = cases("signature.json")
    assert len({case["name"] for case in every}) == len(every)
    assert {(case["scheme"], case["accepted"]) for case in every} == {
        (scheme, accepted) for scheme in ("header", "standard") for accepted in (True, False)
    }
    assert all(case["body"].encode() == base64.b64decode(case["body_base64"]) for case in every)


@pytest.mark.parametrize("case", cases("dedupe.json"), ids=lambda case: case["name"])
def test_the_key_of_the_sdk_finds_the_duplicates(case: dict[str, Any]) -> None:
    seen: set[str] = set()
    for delivery in case["deliveries"]:
        body = base64.b64decode(delivery["body_base64"])
        secret, at = (CLIENT, "x-webhook-timestamp") if delivery["scheme"] == "header" else (WHSEC, "webhook-timestamp")
        now = int(delivery["headers"][at]) / (1000 if secret == CLIENT else 1)
        event = Receiver(secret, clock=lambda now=now: now).verify(delivery["headers"], body)  # type: ignore[misc]
        assert event.dedupe_key == delivery["key"]
        assert (event.dedupe_key in seen) == delivery["is_duplicate"]
        seen.add(event.dedupe_key)
