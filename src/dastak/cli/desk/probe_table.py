"""The probes of `dastak check`: what is sent, how a right handler answers, what another answer means, how to mend it.

In: nothing. Out: `PROBES`, in the order in which they are sent. To add one: a row, and in the tests a handler that is
wrong in this way.
"""

from dataclasses import replace

from dastak.cli.desk.advice import FORGED, FRESH, GUARD, RAW, VERIFY_FIRST
from dastak.cli.desk.probes import (
    HOUR,
    Probe,
    Wanted,
    altered,
    altered_time,
    at_timestamp,
    exactly,
    in_seconds,
    legacy,
    of_another,
    reencoded,
    somebody_else,
    with_signatures,
    without,
)
from dastak.cli.desk.probes_genuine import GENUINE
from dastak.cli.desk.probes_repeated import REPEATED

_FORGED: tuple[Probe, ...] = (
    Probe("altered_body", "one digit changed after signing", Wanted.REFUSED, FORGED, VERIFY_FIRST, altered),
    Probe(
        "altered_timestamp",
        "the timestamp changed after signing",
        Wanted.REFUSED,
        "An old request can be made fresh.",
        "Sign timestamp and body.",
        altered_time,
    ),
    Probe(
        "wrong_secret",
        "signed by somebody else",
        Wanted.REFUSED,
        FORGED,
        VERIFY_FIRST,
        lambda b: [
            b.shot(b.event("KYC_LINK_SUCCESS"), signer=somebody_else(b.signer)),
            b.shot(b.event(), signer=somebody_else(b.signer)),
        ],
    ),
    Probe("another_event", "the signature of another event", Wanted.REFUSED, FORGED, VERIFY_FIRST, of_another),
    Probe(
        "reencoded_body",
        "the body written again with spaces",
        Wanted.REFUSED,
        "You verify something else than what came.",
        RAW,
        reencoded,
    ),
    Probe(
        "legacy_signature",
        "the body's legacy signature in the header",
        Wanted.REFUSED,
        "You compare the wrong signature.",
        "Compute it over timestamp and raw body.",
        legacy,
        needs="client",
    ),
    Probe(
        "no_signature",
        "no signature header",
        Wanted.REFUSED,
        FORGED,
        GUARD,
        lambda b: [without(b.shot(b.event()), "-signature")],
    ),
    Probe(
        "no_timestamp",
        "no timestamp header",
        Wanted.REFUSED,
        "A captured request works for ever.",
        GUARD,
        lambda b: [without(b.shot(b.event()), "-timestamp")],
    ),
    Probe(
        "no_headers",
        "no header of a webhook at all",
        Wanted.REFUSED,
        FORGED,
        GUARD,
        lambda b: [without(b.shot(b.event()), "-signature", "-timestamp", "-id", "-attempt")],
    ),
    Probe(
        "empty_signature",
        "an empty signature",
        Wanted.REFUSED,
        FORGED,
        GUARD,
        lambda b: [with_signatures(b.shot(b.event()), lambda _: "")],
    ),
    Probe(
        "garbage_signature",
        "a signature that is not base64",
        Wanted.REFUSED,
        "What cannot be decoded is an error of yours.",
        GUARD,
        lambda b: [with_signatures(b.shot(b.event()), lambda _: "v1,%%% é".encode().decode("latin-1"))],
    ),
    Probe(
        "short_signature",
        "the first ten letters of the signature",
        Wanted.REFUSED,
        "You compare a part only.",
        "Compare the whole signature, in constant time.",
        lambda b: [with_signatures(b.shot(b.event()), lambda value: value[:10])],
    ),
    Probe(
        "stale",
        "signed ten minutes and a day ago",
        Wanted.REFUSED,
        "A captured request works for ever.",
        FRESH,
        lambda b: [b.shot(b.event(), age=600), b.shot(b.event(), age=24 * HOUR)],
    ),
    Probe(
        "future",
        "signed for ten minutes and a day from now",
        Wanted.REFUSED,
        "A request kept for later works.",
        FRESH,
        lambda b: [b.shot(b.event(), age=-600), b.shot(b.event(), age=-24 * HOUR)],
    ),
    Probe(
        "seconds",
        "x-webhook-timestamp in seconds, signed so",
        Wanted.REFUSED,
        "You read the timestamp in the wrong unit.",
        "x-webhook-timestamp is in milliseconds.",
        in_seconds,
        needs="client",
    ),
    Probe(
        "odd_timestamp",
        "a timestamp that is not a number, signed so",
        Wanted.REFUSED,
        "What cannot be read as a number is an error of yours, or passes for fresh.",
        GUARD,
        lambda b: [at_timestamp(b, text) for text in ("yesterday", "NaN", "-1", "9" * 40)],
    ),
    Probe(
        "empty_body",
        "an empty body with the signature of another",
        Wanted.REFUSED,
        FORGED,
        GUARD,
        lambda b: [b.shot(b.event(), b"")],
    ),
    Probe(
        "not_json",
        "signed bytes that are not JSON, and JSON that is no object",
        Wanted.ANSWERED,
        "What cannot be read is a crash.",
        "Answer 2xx to what is authentic and cannot be read, and keep it; or 400.",
        lambda b: [*exactly(b"{nonsense")(b), *exactly(b"[]")(b)],
    ),
    Probe(
        "deep_json",
        "signed JSON, nested very deeply",
        Wanted.ANSWERED,
        "Deep nesting crashes your parser.",
        "Catch the parser's error, and answer as to anything that cannot be read.",
        exactly(b"[" * 20_000 + b"]" * 20_000),
    ),
    Probe(
        "get",
        "a GET",
        Wanted.ANSWERED,
        "A browser at your URL is an error of yours.",
        "Answer 405 to anything but POST.",
        lambda b: [replace(b.shot(b.event(), b""), method="GET")],
    ),
    Probe(
        "still_alive",
        "a genuine event, after all that",
        Wanted.ACCEPTED,
        "Something before has broken your handler.",
        "Look at the first failure above.",
        lambda b: [b.shot(b.event())],
    ),
)

PROBES: tuple[Probe, ...] = (*GENUINE, *REPEATED, *_FORGED)
