"""How long it takes to verify and read one webhook of 1 KiB, beside the verifiers of other senders.

    python bench/verify.py [--rounds 1000]

In: nothing. Out: microseconds per call, the least and the median of many short rounds, and the ratio to ours. Rounds
are taken in turns, so that other work on the machine meets all of them alike. All get the same body, as bytes, with the
headers of a usual request. What they do differs, and is printed beside: `stripe` and `standardwebhooks` also parse
JSON, `svix` does not; none but ours checks the fields and gives them types. HMAC-SHA256 and `json.loads` alone are the
bound of all that parse.
"""

import argparse
import base64
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import stripe
import svix
from standardwebhooks import Webhook

from dastak_sdk import EventType, Receiver, VideoKycData, encode_event, sign, sign_standard
from report import report

BODY_BYTES = 1024
CALLS = 50
SECRET = "cfsk_" + "s" * 35
WHSEC = "whsec_" + base64.b64encode(b"k" * 24).decode()
USUAL = {
    "host": "merchant.example",
    "user-agent": "dastak",
    "accept": "*/*",
    "content-type": "application/json",
    "content-length": str(BODY_BYTES),
    "x-webhook-attempt": "1",
}


def body_of(size: int) -> bytes:
    """A Video KYC event of exactly that many bytes."""

    def encode(remarks: str) -> bytes:
        link = "https://kyc.merchant.example/verification/c8k926bpt84g"
        data = VideoKycData(
            "order-1", 1, 2, "user-1", "POST_VIDEO_CALL", "AGENT_APPROVED", link, "2030-01-01", agent_remarks=remarks
        )
        return encode_event(EventType.VKYC_USER_CALL_COMPLETED, datetime.now(UTC), data, client_secret=SECRET)

    return encode("r" * (size - len(encode(""))))


def contenders(body: bytes) -> dict[str, tuple[Callable[[], object], str]]:
    """What is measured, by name, with a word on what it does."""
    milliseconds, seconds = str(int(time.time() * 1000)), str(int(time.time()))
    ours = USUAL | {"x-webhook-timestamp": milliseconds, "x-webhook-signature": sign(SECRET, milliseconds, body)}
    standard = USUAL | {
        "webhook-id": "msg_1",
        "webhook-timestamp": seconds,
        "webhook-signature": sign_standard(WHSEC, "msg_1", seconds, body),
    }
    as_stripe = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET)
    key, signed = SECRET.encode(), milliseconds.encode() + body
    client, endpoint = Receiver(SECRET), Receiver(WHSEC)
    theirs, svixs = Webhook(WHSEC), svix.Webhook(WHSEC)
    return {
        "dastak, header scheme": (lambda: client.verify(ours, body), "signature, JSON, fields, types"),
        "dastak, standard scheme": (lambda: endpoint.verify(standard, body), "signature, JSON, fields, types"),
        "stripe": (lambda: stripe.Webhook.construct_event(body, as_stripe, SECRET), "signature, JSON, its object"),
        "standardwebhooks": (lambda: theirs.verify(body, standard), "signature, JSON"),
        "svix": (lambda: svixs.verify(body, standard), "signature"),
        "HMAC-SHA256 and json.loads": (lambda: (hmac.digest(key, signed, "sha256"), json.loads(body)), "the bound"),
    }


def timed(measured: dict[str, tuple[Callable[[], object], str]], rounds: int) -> dict[str, list[float]]:
    """Seconds per call of every round, by name; rounds taken in turns."""
    taken: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, (call, _) in measured.items():
            began = time.perf_counter()
            for _ in range(CALLS):
                call()
            taken[name].append((time.perf_counter() - began) / CALLS)
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long verifying a webhook takes.")
    parser.add_argument("--rounds", type=int, default=1000)
    rounds = parser.parse_args().rounds
    body = body_of(BODY_BYTES)
    measured = contenders(body)
    taken = timed(measured, rounds)
    ours = min(taken["dastak, header scheme"])
    for name, seconds in taken.items():
        least, middle = min(seconds), median(seconds)
        said = f"{least / ours:5.2f} of ours   median {middle * 1e6:5.1f} µs   {measured[name][1]}"
        report(name, f"{least * 1e6:.1f} µs", said)


if __name__ == "__main__":
    main()
