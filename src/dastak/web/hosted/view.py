"""Which page a link deserves, and what may be seen of it. Pure.

In: the link and the check that the customer picked, if any. Out: words and states for templates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.web.hosted.words import BY_SLUG, WORDS, kept_label
from dastak_sdk import CheckStatus, CheckType

OPEN = (CheckStatus.RECEIVED, CheckStatus.FAILED)

KnockState = Literal["done", "now", "open", "shut"]

SAID = {"done": "done", "now": "now", "open": "to do", "shut": "not confirmed, no tries left"}


@dataclass(frozen=True, slots=True)
class Knock:
    """One door of the progress bar."""

    label: str
    state: KnockState
    said: str
    """The state in words, for those who do not see it."""
    href: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with one field."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence above a page."""

    kind: Literal["good", "bad", "note"]
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """One check on the last page."""

    label: str
    passed: bool
    facts: tuple[tuple[str, str], ...]


def is_open(link: KycLink, check: Check) -> bool:
    """Whether the customer can still do something about this check."""
    return check.status in OPEN and link.tries_left(check) > 0


def current_check(link: KycLink, wanted: str = "") -> Check | None:
    """The check to show: the one the customer picked if it is open, else the first that is."""
    type_ = BY_SLUG.get(wanted)
    check = link.check(type_) if type_ else None
    return check if check is not None and is_open(link, check) else link.next_check()


def knocks(link: KycLink, path: str, now: CheckType | None) -> tuple[Knock, ...]:
    """The progress bar, one door per check."""
    return tuple(_knocks(link, path, now))


def _knocks(link: KycLink, path: str, now: CheckType | None) -> Iterator[Knock]:
    for check in link.checks:
        words = WORDS[check.type]
        state = _state(link, check, now)
        href = f"{path}?check={words.slug}" if state == "open" else ""
        yield Knock(words.short, state, SAID[state], href)


def _state(link: KycLink, check: Check, now: CheckType | None) -> KnockState:
    if check.status is CheckStatus.SUCCESS:
        return "done"
    if check.type is now:
        return "now"
    return "open" if is_open(link, check) else "shut"


def results(link: KycLink) -> tuple[Result, ...]:
    """Each check and what was kept of it."""
    return tuple(
        Result(
            label=WORDS[check.type].label,
            passed=check.status is CheckStatus.SUCCESS,
            facts=tuple((kept_label(name), value) for name, value in check.kept.items()),
        )
        for check in link.checks
    )


def notice_for(link: KycLink, merchant: str, just_run: str, shown: Check | None) -> Notice | None:
    """How the last check went, or why the shown one has to be done again."""
    ran = link.check(BY_SLUG[just_run]) if just_run in BY_SLUG else None
    if ran is not None and ran.status is CheckStatus.SUCCESS:
        return Notice("good", f"{WORDS[ran.type].label} confirmed.")
    if ran is not None and not is_open(link, ran):
        name = WORDS[ran.type].label
        text = f"{name} could not be confirmed, and no tries are left. {merchant} can help you with it."
        return Notice("bad", f"{text} You can go on with the rest." if shown else text)
    if shown is not None and shown.status is CheckStatus.FAILED and shown.aadhaar is None:
        return Notice("bad", f"Not confirmed. {shown.reason} {tries_text(link.tries_left(shown))}")
    return None


def tries_text(left: int) -> str:
    """How many tries are left, as a sentence."""
    return "This is the last try." if left == 1 else f"{left} tries left."
