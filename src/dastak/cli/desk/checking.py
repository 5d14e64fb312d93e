"""Send the probes to one handler and judge each answer.

In: a target, a bench, the probes. Out: a `Finding` for each, in order. Called by `dastak check`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

from dastak.cli.desk.holding import BROKEN, HELD, Manner, break_off, hold
from dastak.cli.desk.probes import Bench, Probe, Shot, Wanted
from dastak.cli.desk.sending import Answer, Target, send

MOST_TOGETHER = 10
MOST_SHOWN = 160
SPARE_SECONDS = 5
"""How much longer than it may take an answer is waited for."""
SILENT_PROBES = 3
"""After so many in a row to which nothing came back, the rest is not sent: it would tell nothing, and take long."""
LAST = "still_alive"
"""The probe that is sent even so."""
VALID = "valid"
"""The probe that shows whether the handler acts on such events at all."""
UNSEEN = Answer(0, 0)
"""Of a request whose answer nobody waited for."""
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


class NobodyThereError(Exception):
    """Nothing listens at the address of the handler; the message says what to do."""


class EffectsUnknownError(Exception):
    """The address that should tell how often the handler acted does not; the message says what came."""


@dataclass(frozen=True)
class Inside:
    """What the handler's owner lets be seen and done inside it."""

    effects: Target | None = None
    """Answers a GET with the number of times that the handler has acted."""
    failing: Target | None = None
    """After a POST there, the handler fails on the next event, once."""


def run(
    to: Target, bench: Bench, probes: Sequence[Probe], max_seconds: float, inside: Inside | None = None
) -> Iterator[Finding]:
    """Run the probes one after the other.

    Where effects can be counted it is judged that forged requests have none, repeated ones one, and that what comes
    again after a failure has its effect if `valid` had. Each probe has a customer of its own, since a right handler
    does not act on what is older than what it knows. Raises `EffectsUnknownError`, and `NobodyThereError` where nothing
    listens from the beginning.
    """
    inside = inside or Inside()
    acts, silent, is_known = False, 0, False
    for probe in probes:
        lacking = _lacking(probe, bench, inside)
        if silent >= SILENT_PROBES and probe.code != LAST:
            lacking = f"nothing came back to {SILENT_PROBES} probes in a row: mend that first"
        if lacking:
            yield Finding(probe, State.SKIPPED, lacking)
            continue
        bench = bench.renewed()
        before = _acted(inside.effects) if inside.effects else 0
        shots = probe.make(bench)
        if probe.is_after_failing and inside.failing:
            _make_fail(inside.failing)
        answers = _send(to, shots, max_seconds, together=probe.together)
        is_known = is_known or any(answer.is_there for answer in answers)
        if not is_known:
            raise NobodyThereError(
                f"Nothing listens at {to.url} ({answers[0].problem}). Is your handler running, and is this its port?"
            )
        silent = 0 if any(answer.status or answer is UNSEEN for answer in answers) else silent + 1
        faults = list(_faults(shots, answers, probe, bench, max_seconds))
        if inside.effects:
            count = _acted(inside.effects) - before
            acts = acts or (probe.code == VALID and count > 0)
            faults += _acted_wrongly(probe, count, must=acts and probe.must_act)
        slowest = max(answer.seconds for answer in answers)
        said = faults[0] if faults else ", ".join(dict.fromkeys(str(one.status) for one in answers if one.status))
        yield Finding(probe, State.FAILED if faults else State.PASSED, said, slowest)


def _faults(
    shots: Sequence[Shot], answers: Sequence[Answer], probe: Probe, bench: Bench, max_seconds: float
) -> Iterator[str]:
    """What is wrong with each answer that is wrong; it says which, where there are several."""
    for place, (shot, answer) in enumerate(zip(shots, answers, strict=True), 1):
        fault = _fault(answer, shot.wanted or probe.wanted, bench, max_seconds)
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


def _make_fail(failing: Target) -> None:
    answer = send(failing, (), b"")
    if not answer.is_accepted:
        told = answer.problem or str(answer.status)
        raise EffectsUnknownError(
            f"{failing.url} should answer a POST with 2xx, and then you fail once; it said {told}."
        )


def _acted_wrongly(probe: Probe, count: int, *, must: bool) -> list[str]:
    most = probe.most_effects
    if most is not None and count > most:
        return [f"your handler acted {count} times, where {'once is right' if most else 'it must not act'}"]
    return ["your handler did not act, where it acts on such an event otherwise"] if must and not count else []


def _lacking(probe: Probe, bench: Bench, inside: Inside) -> str:
    if probe.needs == "failing" and inside.failing is None:
        return "needs --failing"
    if probe.needs == "client" and bench.signer.client is None:
        return "needs a client secret"
    if probe.needs == "standard" and bench.signer.standard is None:
        return "needs a whsec_ secret"
    return "needs a second secret" if probe.needs == "others" and not bench.others else ""


def _send(to: Target, shots: Sequence[Shot], max_seconds: float, *, together: bool) -> list[Answer]:
    timeout = max_seconds + SPARE_SECONDS

    def one(shot: Shot) -> Answer:
        if shot.manner in BROKEN:
            break_off(to, shot.manner, shot.headers, shot.body, timeout)
            return UNSEEN
        drip = shot.manner is Manner.DRIPPING
        return send(to, shot.headers, shot.body, timeout=timeout, drip=drip, method=shot.method)

    if any(shot.manner in HELD for shot in shots):
        return _send_beside(to, shots, one, timeout)
    if not together:
        return [one(shot) for shot in shots]
    with ThreadPoolExecutor(MOST_TOGETHER) as pool:
        return list(pool.map(one, shots))


def _send_beside(to: Target, shots: Sequence[Shot], one: Callable[[Shot], Answer], timeout: float) -> list[Answer]:
    """What is held begins first and ends last."""
    held = {
        place: hold(to, shot.manner, shot.headers, shot.body, timeout)
        for place, shot in enumerate(shots)
        if shot.manner in HELD
    }
    straight = {place: one(shot) for place, shot in enumerate(shots) if place not in held}
    let_go = {place: release() for place, release in held.items()}
    return [(straight | let_go)[place] for place in range(len(shots))]


def _fault(answer: Answer, wanted: Wanted, bench: Bench, max_seconds: float) -> str:
    """What is wrong with the answer; empty when nothing is."""
    if wanted is Wanted.NOTHING:
        return ""
    if not answer.status:
        return f"nothing came back: {answer.problem}"
    return _leak(answer, bench) or _wrong_status(answer, wanted) or _too_slow(answer, max_seconds)


def _wrong_status(answer: Answer, wanted: Wanted) -> str:
    status = answer.status
    came = f"{status} came back"
    if wanted is Wanted.ACCEPTED:
        return "" if answer.is_accepted else f"{came}, not 2xx: the sender counts it as failed{_why(answer)}"
    if wanted is Wanted.FAILED:
        return (
            "" if status >= _SERVER_ERROR else f"{came}, not 5xx: what failed counts as done, and is never sent again"
        )
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
