"""What a probe is, and how its requests are made.

In: a `Bench`, which signs and makes up events. Out: `Shot`s. `probe_table` has the probes themselves.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from dastak.cli.desk.captured import Pairs
from dastak.cli.desk.holding import Manner
from dastak.cli.desk.made_up import Journey, MadeUp
from dastak.cli.desk.signer import Signer
from dastak_sdk import EVENT_TYPES, Product, body_signature, sign_standard
from dastak_sdk.headers import HEADER_SIGNATURE, STANDARD_SIGNATURE, STANDARD_TIMESTAMP
from dastak_sdk.json_text import encode

MEGABYTE = 1_000_000
HOUR = 3600.0
WRONG = Signer("cfsk_of_somebody_else", "whsec_" + base64.b64encode(b"a secret of somebody else, 32 b.").decode())


class Wanted(Enum):
    """How a right handler answers."""

    ACCEPTED = "2xx"
    REFUSED = "4xx"
    ANSWERED = "2xx or 4xx"
    FAILED = "5xx"
    NOTHING = "nothing"
    """Whatever comes: nobody is there to read it."""


@dataclass(frozen=True)
class Shot:
    """One request."""

    headers: Pairs
    body: bytes
    manner: Manner = Manner.STRAIGHT
    method: str = "POST"
    wanted: Wanted | None = None
    """Where it is another answer than that of the whole probe."""


@dataclass
class Bench:
    """What probes are made with."""

    signer: Signer
    others: tuple[Signer, ...]
    """Further secrets that the handler accepts, as during a rotation."""
    journey: Journey
    now: Callable[[], float]

    def renewed(self) -> "Bench":
        """The same with another customer: what was sent before makes nothing of it too late."""
        return replace(self, journey=self.journey.another())

    def event(self, name: str = "KYC_LINK_ACTION_PERFORMED", /, **changes: Any) -> MadeUp:
        return self.journey.event(name, **changes)

    def shot(
        self,
        event: MadeUp,
        body: bytes | None = None,
        *,
        age: float = 0,
        attempt: int = 1,
        signer: Signer | None = None,
    ) -> Shot:
        """The event, signed now or `age` seconds ago; with `body`, another body than the signed one."""
        headers = (signer or self.signer).headers(event.body, self.now() - age, event.id, attempt)
        return Shot(headers, event.body if body is None else body)

    def changed(self, **fields: Any) -> MadeUp:
        """An event with other envelope fields, signed as it is sent."""
        event = self.event()
        return replace(event, body=encode({**json.loads(event.body), **fields}))


Make = Callable[[Bench], Sequence[Shot]]


@dataclass(frozen=True)
class Probe:
    """One row."""

    code: str
    sent: str
    wanted: Wanted
    means: str
    """What it means when the answer is another."""
    mend: str
    make: Make
    together: bool = False
    """Whether the requests are sent at the same time."""
    needs: str = ""
    """`client` or `standard`: the secret without which it is skipped; `others`: a further secret; `failing`: a way to
    make the handler fail."""
    acts_once: bool = False
    """Whether all its requests are one event."""
    must_act: bool = False
    """Whether a handler that acted on `valid` must act on it."""
    is_after_failing: bool = False
    """Whether the handler is made to fail on the first request."""

    @property
    def most_effects(self) -> int | None:
        """How often a right handler acts on it at most; None where that is its own business."""
        if self.wanted is Wanted.REFUSED:
            return 0
        return 1 if self.acts_once else None


def with_header(shot: Shot, name: str, value: str) -> Shot:
    """With another value of a signature header, whichever scheme it is of."""
    return replace(shot, headers=tuple((key, value if key == name else old) for key, old in shot.headers))


def with_signatures(shot: Shot, change: Callable[[str], str]) -> Shot:
    """With other signatures."""
    names = {HEADER_SIGNATURE, STANDARD_SIGNATURE}
    return replace(shot, headers=tuple((key, change(old) if key in names else old) for key, old in shot.headers))


def without(shot: Shot, *endings: str) -> Shot:
    """Without the headers that end so."""
    return replace(shot, headers=tuple(pair for pair in shot.headers if not pair[0].endswith(endings)))


def at_timestamp(bench: Bench, text: str) -> Shot:
    """An event whose signed timestamp has that text."""
    event = bench.event()
    fixed = (("content-type", "application/json"), ("x-webhook-attempt", "1"))
    return Shot((*fixed, *bench.signer.signatures(event.body, text, event.id)), event.body)


def every(product: Product) -> Make:
    """Each event of a product."""
    return lambda bench: [
        bench.shot(bench.event(spec.name)) for spec in EVENT_TYPES.values() if spec.product is product
    ]


def rewritten(text: Callable[[Any], bytes]) -> Make:
    """A genuine event that is written in another way, and signed so."""

    def make(bench: Bench) -> Sequence[Shot]:
        event = bench.event()
        return [bench.shot(replace(event, body=text(json.loads(event.body))))]

    return make


def exactly(body: bytes) -> Make:
    """Those bytes, signed."""
    return lambda bench: [bench.shot(replace(bench.event(), body=body))]


def times(bench: Bench, text: str) -> Sequence[Shot]:
    """An event with that event_time."""
    return [bench.shot(bench.changed(event_time=text))]


def duplicate(count: int) -> Make:
    """One event, so many times."""

    def make(bench: Bench) -> Sequence[Shot]:
        event = bench.event()
        return [bench.shot(event, attempt=1 + place) for place in range(count)]

    return make


def reordered(bench: Bench) -> Sequence[Shot]:
    """A later event of a case before an earlier one."""
    events = [bench.event(name) for name in ("VKYC_USER_CALL_STARTED", "VKYC_USER_CALL_COMPLETED")]
    return [bench.shot(event) for event in reversed(events)]


def retried(bench: Bench) -> Sequence[Shot]:
    """An event as later attempts bring it."""
    event = bench.event("VKYC_AUDITOR_REVIEW_COMPLETED")
    return [bench.shot(replace(event), attempt=attempt) for attempt in (2, 10)]


def beside(manner: Manner) -> Make:
    """One event that is held, and another one beside it."""

    def make(bench: Bench) -> Sequence[Shot]:
        return [replace(bench.shot(bench.event()), manner=manner), bench.shot(bench.event())]

    return make


def after(manner: Manner) -> Make:
    """An event that does not come through, and comes again."""

    def make(bench: Bench) -> Sequence[Shot]:
        event = bench.event()
        return [replace(bench.shot(event), manner=manner, wanted=Wanted.NOTHING), bench.shot(event, attempt=2)]

    return make


def after_failure(bench: Bench) -> Sequence[Shot]:
    """An event on which the handler fails, and the same again."""
    event = bench.event()
    return [replace(bench.shot(event), wanted=Wanted.FAILED), bench.shot(event, attempt=2)]


def after_forgery(bench: Bench) -> Sequence[Shot]:
    """An event with somebody else's signature, and then the genuine one of the same id."""
    event = bench.event()
    forged = bench.shot(event, signer=somebody_else(bench.signer))
    return [replace(forged, wanted=Wanted.REFUSED), bench.shot(event)]


def altered(bench: Bench) -> Sequence[Shot]:
    """Another digit in the body than was signed."""
    event = bench.event()
    return [bench.shot(event, event.body.replace(b'"phone":"9', b'"phone":"8'))]


def altered_time(bench: Bench) -> Sequence[Shot]:
    """Another timestamp than was signed."""
    shot = bench.shot(bench.event())
    later = {"x-webhook-timestamp": 1, STANDARD_TIMESTAMP: 1}
    return [
        replace(shot, headers=tuple((key, str(int(old) + 1) if key in later else old) for key, old in shot.headers))
    ]


def of_another(bench: Bench) -> Sequence[Shot]:
    """The signature of one event with the body of another."""
    return [bench.shot(bench.event("KYC_LINK_EXPIRED"), bench.event("KYC_LINK_SUCCESS").body)]


def reencoded(bench: Bench) -> Sequence[Shot]:
    """The same JSON in other bytes than were signed."""
    event = bench.event()
    return [bench.shot(event, json.dumps(json.loads(event.body)).encode())]


def legacy(bench: Bench) -> Sequence[Shot]:
    """The body's own signature in the header."""
    event = bench.event()
    value = json.loads(event.body)
    inner = body_signature(bench.signer.client or "", value["data"])
    body = encode({**value, "signature": inner})
    return [with_header(bench.shot(replace(event, body=body)), HEADER_SIGNATURE, inner)]


def in_seconds(bench: Bench) -> Sequence[Shot]:
    """The client secret over a timestamp in seconds."""
    client_only = replace(bench, signer=replace(bench.signer, standard=None))
    return [at_timestamp(client_only, str(int(bench.now())))]


def rotating(bench: Bench, first: Callable[[MadeUp, str], str]) -> Sequence[Shot]:
    """Another entry before the right one."""
    event = bench.event()
    shot = bench.shot(event)
    headers = dict(shot.headers)
    old = first(event, headers[STANDARD_TIMESTAMP])
    return [with_header(shot, STANDARD_SIGNATURE, f"{old} {headers[STANDARD_SIGNATURE]}")]


def foreign(event: MadeUp, seconds: str) -> str:
    """An entry of webhook-signature by somebody else's secret."""
    return sign_standard(WRONG.standard or "", event.id, seconds, event.body)


def large(bench: Bench) -> Sequence[Shot]:
    """A megabyte."""
    return [bench.shot(bench.changed(padding="x" * MEGABYTE))]


def early(bench: Bench) -> Sequence[Shot]:
    """An event of two days ago."""
    earlier = replace(bench.journey, time=bench.journey.time - timedelta(days=2))
    return [bench.shot(earlier.event("VKYC_USER_LINK_GENERATED"))]


def somebody_else(signer: Signer) -> Signer:
    """Somebody else's secrets, in the same schemes."""
    return Signer(WRONG.client if signer.client else None, WRONG.standard if signer.standard else None)
