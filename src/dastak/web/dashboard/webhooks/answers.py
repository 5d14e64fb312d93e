"""What came of a test or a sample: the answer as it was, and what to do if it is not a success.

In: what the registry tested. Out: values that a template prints. Pure.
"""

from dataclasses import dataclass

from dastak.webhooks.post import Answer, Stage, Timings
from dastak.webhooks.registry import Tested

SHOWN_BYTES = 4096

ADVICE: dict[int, str] = {
    400: "Your handler did not like the request. A test event has the type WEBHOOK_TEST and an empty data: answer 2xx "
    "to every event that you verified, also to types that you do not know.",
    401: "Your server asks for a sign-in before your handler is reached, or your handler refused the signature. Let "
    "this path in without a sign-in: the signature is the proof of who we are.",
    403: "Something before your handler refused us: a firewall, a bot filter, a CSRF check, or your own check of the "
    "signature. Let POST requests to this path through.",
    404: "There is nothing at this path. Check the URL for typing mistakes, and for a slash missing at its end.",
    405: "The path does not take POST. Add a POST handler, or check whether a slash is missing at the end.",
    408: "Your server gave up before the request was read. Read the body first, then answer.",
    410: "410 means that this URL wants nothing any more. Answer 2xx if it does.",
    411: "Your server wants a content-length, which we send: something between us took it away.",
    413: "Your server finds the body too large. Allow at least 64 KiB.",
    415: "Your server does not take application/json at this path.",
    422: "Your handler checks the body's fields and refuses the test event. Answer 2xx to every event that you "
    "verified, also to types that you do not know.",
    429: "Your server limits how often it is called. Let our requests through, or set a limit of attempts per second.",
    500: "Your handler broke. Its log says where; the answer below may, too.",
    502: "The proxy in front of your server could not reach it. Is the server running, does the proxy know its port?",
    503: "Your server says that it is not available. Is it starting, or under maintenance?",
    504: "The proxy in front of your server waited in vain for it. Answer first, then work.",
}

REDIRECT = "Redirects are not followed, since a signature is for one address. Give the final URL{}."
ANOTHER = "Only an answer of 200 to 299 counts as taken."


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of the attempt."""

    name: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page prints of an answer."""

    passed: bool
    headline: str
    advice: str
    """What to do; empty when it passed."""
    address: str
    total_ms: float
    phases: tuple[Phase, ...]
    headers: tuple[tuple[str, str], ...]
    body: str
    cut: bool
    """Whether there was more of the body than is shown."""


def shown(tested: Tested) -> Shown:
    """The answer, for a page."""
    answer = tested.answer
    return Shown(
        passed=tested.passed,
        headline=_headline(answer),
        advice="" if tested.passed else _advice(answer),
        address=answer.address,
        total_ms=_ms(answer.timings.total_us),
        phases=phases(answer.timings),
        headers=answer.headers,
        body=answer.body[:SHOWN_BYTES].decode("utf-8", "replace"),
        cut=answer.body_truncated or len(answer.body) > SHOWN_BYTES,
    )


def phases(timings: Timings) -> tuple[Phase, ...]:
    """How long each phase took; those that did not happen are left out."""
    ends = (
        ("Look-up of the name", timings.resolved_us),
        ("Connection", timings.connected_us),
        ("TLS", timings.tls_us),
        ("First byte of the answer", timings.first_byte_us),
        ("Rest of the answer", timings.total_us),
    )
    made, before = [], 0
    for name, end in ends:
        if end > before:
            made.append(Phase(name, _ms(end - before)))
            before = end
    return tuple(made)


def _headline(answer: Answer) -> str:
    return "No answer" if answer.status is None else f"Answered {answer.status}"


def _advice(answer: Answer) -> str:
    if answer.stage is not Stage.ANSWERED or answer.status is None:
        return answer.error
    if 300 <= answer.status <= 399:  # noqa: PLR2004 - the class of redirects
        location = next((value for name, value in answer.headers if name == "location"), "")
        return REDIRECT.format(f": {location[:200]}" if location else "")
    return ADVICE.get(answer.status, ADVICE[500] if answer.status > 500 else ANOTHER)  # noqa: PLR2004


def _ms(us: int) -> float:
    return round(us / 1000, 1)
