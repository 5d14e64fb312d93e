"""Send the probes to one handler and judge each answer.

In: a target, a bench, the probes. Out: a `Finding` for each, in order. Called by `dastak check`.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

from dastak.cli.desk.probes import Bench, Probe, Shot, Wanted
from dastak.cli.desk.sending import Answer, Target, send

MOST_TOGETHER = 10
MOST_SHOWN = 160
_TRACE = re.compile(rb"Traceback \(most recent call last\)|\n\s+at [\w.$<>]+[ (]|goroutine \d+ \[|Stack trace:|#0 /")
_GONE, _TOO_MANY, _SERVER_ERROR, _REDIRECT, _CLIENT_ERROR = 410, 429, 500, 300, 400


class State(Enum):
    """How a probe ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One probe, and what came of it."""

    probe: Probe
    state: State
    said: str
    """What came back and why it is judged so; why it was skipped."""
    seconds: float = 0
    """The slowest answer."""


class EffectsUnknownError(Exception):
    """The address that should tell how often the handler acted does not; the message says what came."""


def run(
    to: Target, bench: Bench, probes: Sequence[Probe], max_seconds: float, effects: Target | None = None
) -> Iterator[Finding]:
    """Run the probes one after the other.

    `effects` answers a GET with the number of times that the handler has acted: then it is judged that forged requests
    have no effect, and duplicates one. Raises `EffectsUnknownError`.
    """
    for probe in probes:
        lacking = _lacking(probe, bench)
        if lacking:
            yield Finding(probe, State.SKIPPED, lacking)
            continue
        before = _acted(effects) if effects else 0
        answers = _send(to, probe.make(bench), max_seconds, together=probe.together)
        faults = list(_faults(answers, probe, bench, max_seconds))
        if effects and probe.most_effects is not None:
            faults += _acted_too_often(_acted(effects) - before, probe.most_effects)
        slowest = max(answer.seconds for answer in answers)
        said = faults[0] if faults else ", ".join(dict.fromkeys(str(answer.status) for answer in answers))
        yield Finding(probe, State.FAILED if faults else State.PASSED, said, slowest)


def _faults(answers: Sequence[Answer], probe: Probe, bench: Bench, max_seconds: float) -> Iterator[str]:
    """What is wrong with each answer that is wrong; it says which, where there are several."""
    for place, answer in enumerate(answers, 1):
        fault = _fault(answer, probe.wanted, bench, max_seconds)
        if fault:
            yield fault if len(answers) == 1 else f"request {place} of {len(answers)}: {fault}"


def _acted(effects: Target) -> int:
    answer = send(effects, (), b"", method="GET")
    text = answer.body.decode("utf-8", "replace").strip()
    if answer.is_accepted and text.isascii() and text.isdigit():
        return int(text)
    told = answer.problem or f"{answer.status}, {text[:MOST_SHOWN]!r}"
    raise EffectsUnknownError(
        f"{effects.url} should answer with a number, how often your handler acted; it said {told}."
    )


def _acted_too_often(count: int, most: int) -> list[str]:
    if count <= most:
        return []
    return [f"your handler acted {count} times, where {'once is right' if most else 'it must not act'}"]


def _lacking(probe: Probe, bench: Bench) -> str:
    if probe.needs == "client" and bench.signer.client is None:
        return "needs a client secret"
    if probe.needs == "standard" and bench.signer.standard is None:
        return "needs a whsec_ secret"
    return "needs a second secret" if probe.needs == "others" and not bench.others else ""


def _send(to: Target, shots: Sequence[Shot], max_seconds: float, *, together: bool) -> list[Answer]:
    def one(shot: Shot) -> Answer:
        return send(to, shot.headers, shot.body, timeout=max_seconds + 5, drip=shot.drip, method=shot.method)

    if not together:
        return [one(shot) for shot in shots]
    with ThreadPoolExecutor(MOST_TOGETHER) as pool:
        return list(pool.map(one, shots))


def _fault(answer: Answer, wanted: Wanted, bench: Bench, max_seconds: float) -> str:
    """What is wrong with the answer; empty when nothing is."""
    if not answer.status:
        return f"nothing came back: {answer.problem}"
    return _leak(answer, bench) or _wrong_status(answer, wanted) or _too_slow(answer, max_seconds)


def _wrong_status(answer: Answer, wanted: Wanted) -> str:
    status = answer.status
    came = f"{status} came back"
    if wanted is Wanted.ACCEPTED:
        return "" if answer.is_accepted else f"{came}, not 2xx: the sender counts it as failed{_why(answer)}"
    told = {
        f": an error of yours, which the sender repeats for days{_why(answer)}": status >= _SERVER_ERROR,
        ": 410 disables your endpoint": status == _GONE,
        ": redirects are never followed": _REDIRECT <= status < _CLIENT_ERROR,
        ": your rate limit answered, not your handler": status == _TOO_MANY,
        ": it was believed": answer.is_accepted and wanted is Wanted.REFUSED,
    }
    return next((came + why for why, holds in told.items() if holds), "")


def _leak(answer: Answer, bench: Bench) -> str:
    secrets = [secret for each in (bench.signer, *bench.others) for secret in (each.client, each.standard) if secret]
    if any(secret.encode() in answer.body for secret in secrets):
        return f"{answer.status} came back, and the answer holds your secret"
    if _TRACE.search(answer.body):
        return f"{answer.status} came back with a stack trace, which tells strangers about your code"
    return ""


def _too_slow(answer: Answer, max_seconds: float) -> str:
    if answer.seconds <= max_seconds:
        return ""
    return f"{answer.status} came back after {answer.seconds:.1f} s: keep the event, answer, and work afterwards"


def _why(answer: Answer) -> str:
    text = " ".join(answer.body[:MOST_SHOWN].decode("utf-8", "replace").split())
    shown = "".join(letter for letter in text if letter.isprintable())
    return f" ({shown})" if shown else ""
