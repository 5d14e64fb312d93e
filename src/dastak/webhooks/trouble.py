"""An endpoint that goes on failing: what is known of it, and what is to be done. Pure.

In: what attempts showed, the rules, the time. Out: the next `Trouble`, and an `Act`. The store folds notes with `noted`
and `cleared`; the sweeper asks `decide` and records what it did with `acted`.

An endpoint is in trouble from its first failed attempt after the last good one. Two conditions keep one that has almost
no traffic from being judged by an accident of days ago: a least number of failures, and the last of them recent.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dastak.webhooks.endpoint import EndpointState

LEAST_FAILURES = 5
"""Fewer failed attempts than this say nothing."""

RECENT = timedelta(hours=30)
"""The last failure must be younger: longer than the longest wait of the standard policy, a day and a tenth."""

LEAST_NOTICE = timedelta(hours=24)
"""Between the last warning and disabling, however late the warning was told; less only if the rules leave less."""


@dataclass(frozen=True, slots=True)
class TroubleRules:
    """When an endpoint's owner is warned, and when the endpoint is disabled."""

    warn_after: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=72))
    """Of failing, each longer than the one before; empty: never warned."""
    disable_after: timedelta | None = timedelta(hours=120)
    """Longer than every warning; None: never disabled for failing."""

    @property
    def notice(self) -> timedelta:
        """How long after the last warning at least."""
        if self.disable_after is None or not self.warn_after:
            return timedelta(0)
        return min(LEAST_NOTICE, self.disable_after - self.warn_after[-1])


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known of one endpoint's failing."""

    merchant_id: str
    endpoint_id: str
    failing_since: datetime | None = None
    """The first failure after the last success; None: it works, as far as is known."""
    failures: int = 0
    """Failed attempts since then."""
    last_failure_at: datetime | None = None
    last_reason: str = ""
    warned: int = 0
    """How many of the rules' warnings are told."""
    warned_at: datetime | None = None
    well_at: datetime | None = None
    """The latest instant at which it was known to be well: what failed before it does not count."""
    recovered_at: datetime | None = None
    """The success that ended a trouble of which was warned, until that is told, too."""
    gone_at: datetime | None = None
    """When it was disabled by a 410, until that is told."""


@dataclass(frozen=True, slots=True)
class Note:
    """What some attempts at one endpoint showed: the last success, and the failures after it."""

    merchant_id: str
    endpoint_id: str
    succeeded_at: datetime | None = None
    failures: int = 0
    first_failure_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_reason: str = ""


class Act(StrEnum):
    """What the clock has to do about an endpoint."""

    NOTHING = "nothing"
    WARN = "warn"
    DISABLE = "disable"
    TELL_RECOVERED = "tell_recovered"
    TELL_GONE = "tell_gone"


def noted(trouble: Trouble, note: Note) -> Trouble:
    """The trouble after these attempts. Notes of several processes may come late and in any order."""
    after = trouble
    if note.succeeded_at is not None:
        after = _after_success(after, note.succeeded_at)
    if note.failures and note.first_failure_at is not None and note.last_failure_at is not None:
        after = _after_failures(after, note, note.first_failure_at, note.last_failure_at)
    return after


def cleared(trouble: Trouble, now: datetime) -> Trouble:
    """The trouble of an endpoint that was enabled: a new beginning, and nothing left to tell."""
    return Trouble(trouble.merchant_id, trouble.endpoint_id, well_at=now)


def decide(trouble: Trouble, state: EndpointState, rules: TroubleRules, now: datetime) -> Act:
    """What is to be done now; one thing at a time."""
    if trouble.gone_at is not None and state is EndpointState.DISABLED:
        return Act.TELL_GONE
    if state is not EndpointState.ENABLED:
        return Act.NOTHING
    if trouble.recovered_at is not None:
        return Act.TELL_RECOVERED
    if not _goes_on(trouble, now):
        return Act.NOTHING
    end = disables_at(trouble, rules)
    if end is not None and now >= end and trouble.warned >= len(rules.warn_after):
        return Act.DISABLE
    return Act.WARN if _warnings_due(trouble, rules, now) > trouble.warned else Act.NOTHING


def acted(trouble: Trouble, act: Act, rules: TroubleRules, now: datetime) -> Trouble:
    """The trouble once that is done, so that nobody does it again."""
    match act:
        case Act.WARN:
            return replace(trouble, warned=_warnings_due(trouble, rules, now), warned_at=now)
        case Act.TELL_RECOVERED:
            return replace(trouble, recovered_at=None)
        case Act.TELL_GONE:
            return replace(trouble, gone_at=None)
    return trouble


def disables_at(trouble: Trouble, rules: TroubleRules) -> datetime | None:
    """When it will be disabled if it goes on failing: never before its owner was warned, and had time to mend it."""
    if trouble.failing_since is None or rules.disable_after is None:
        return None
    planned = trouble.failing_since + rules.disable_after
    if trouble.warned_at is None or trouble.warned < len(rules.warn_after):
        return planned
    return max(planned, trouble.warned_at + rules.notice)


def _after_success(trouble: Trouble, at: datetime) -> Trouble:
    well_at = max(at, trouble.well_at or at)
    if trouble.failing_since is None or trouble.last_failure_at is None or at < trouble.failing_since:
        return replace(trouble, well_at=well_at)
    told = at if trouble.warned else trouble.recovered_at
    well = Trouble(
        trouble.merchant_id, trouble.endpoint_id, well_at=well_at, recovered_at=told, gone_at=trouble.gone_at
    )
    if trouble.last_failure_at <= at:
        return well
    # another process has seen it fail since: that last failure is all that is certain
    since = trouble.last_failure_at
    return replace(well, failing_since=since, failures=1, last_failure_at=since, last_reason=trouble.last_reason)


def _after_failures(trouble: Trouble, note: Note, first: datetime, last: datetime) -> Trouble:
    if trouble.well_at is not None and last <= trouble.well_at:
        return trouble
    began = first if trouble.well_at is None else max(first, trouble.well_at)
    since = began if trouble.failing_since is None else min(began, trouble.failing_since)
    is_newest = trouble.last_failure_at is None or last >= trouble.last_failure_at
    return replace(
        trouble,
        failing_since=since,
        failures=trouble.failures + note.failures,
        last_failure_at=last if is_newest else trouble.last_failure_at,
        last_reason=note.last_reason if is_newest else trouble.last_reason,
    )


def _goes_on(trouble: Trouble, now: datetime) -> bool:
    last = trouble.last_failure_at
    return (
        trouble.failing_since is not None
        and last is not None
        and trouble.failures >= LEAST_FAILURES
        and now - last < RECENT
    )


def _warnings_due(trouble: Trouble, rules: TroubleRules, now: datetime) -> int:
    since = trouble.failing_since
    return 0 if since is None else sum(now >= since + wait for wait in rules.warn_after)
