"""One attempt at one notice: claimed → sent, to be tried again, or given up.

In: a claimed notice from the notifier. Out: its outcome, never an exception (other than being cancelled). One log line
per attempt, without recipient, subject or text.
"""

import asyncio
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from dastak.notices.notice import (
    Channel,
    ClaimedNotice,
    Gateway,
    GatewayRefused,
    GatewayUnavailable,
    Notice,
    NoticeOutcome,
)
from dastak.notices.observing import AttemptResult, NoticeObserver, Unobserved
from dastak.notices.schedule import is_worth_sending, next_try

_ERROR_LIMIT = 300

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempts:
    """What every attempt needs: the gateways, the time one send may take, clock and jitter."""

    gateways: Mapping[Channel, Gateway]
    send_timeout: timedelta
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    observer: NoticeObserver = field(default_factory=Unobserved)

    async def make(self, claimed: ClaimedNotice) -> NoticeOutcome:
        """Try the notice once and say what to record."""
        started = self.clock()
        outcome = await self._try(claimed)
        result = _result(outcome)
        _log_attempt(claimed, outcome, result, self.clock() - started)
        self.observer.attempt_ended(claimed.notice.channel, result)
        return outcome

    async def _try(self, claimed: ClaimedNotice) -> NoticeOutcome:
        notice = claimed.notice
        if hopeless := self._why_not(notice):
            return _given_up(notice, hopeless)
        try:
            async with asyncio.timeout(self.send_timeout.total_seconds()):
                await self.gateways[notice.channel].send(notice)
        except GatewayRefused as refused:
            return _given_up(notice, str(refused))
        except GatewayUnavailable as unavailable:
            return self._again(claimed, str(unavailable))
        except TimeoutError:
            return self._again(claimed, "The gateway did not answer in time.")
        except Exception as error:  # noqa: BLE001 - a gateway's bug must cost one attempt, not the loop
            _log_bug(notice, error)
            return self._again(claimed, f"The gateway failed unexpectedly ({type(error).__name__}).")
        return NoticeOutcome(notice.id, notice.merchant_id, sent=True, retry_at=None)

    def _why_not(self, notice: Notice) -> str:
        if notice.channel not in self.gateways:
            return f"No gateway is set up for {notice.channel}."
        if not is_worth_sending(notice.expires_at, self.clock()):
            return "It expired before it could be sent."
        return ""

    def _again(self, claimed: ClaimedNotice, error: str) -> NoticeOutcome:
        notice = claimed.notice
        retry_at = next_try(claimed.attempt, self.clock(), notice.expires_at, self.jitter())
        return NoticeOutcome(notice.id, notice.merchant_id, sent=False, retry_at=retry_at, error=error[:_ERROR_LIMIT])


def _given_up(notice: Notice, error: str) -> NoticeOutcome:
    return NoticeOutcome(notice.id, notice.merchant_id, sent=False, retry_at=None, error=error[:_ERROR_LIMIT])


def _result(outcome: NoticeOutcome) -> AttemptResult:
    if outcome.sent:
        return "sent"
    return "retry" if outcome.retry_at else "given_up"


def _log_attempt(claimed: ClaimedNotice, outcome: NoticeOutcome, result: AttemptResult, took: timedelta) -> None:
    notice = claimed.notice
    _log.info(
        "notice.attempt",
        notice_id=notice.id,
        merchant_id=notice.merchant_id,
        journey_id=notice.journey_id,
        channel=str(notice.channel),
        purpose=str(notice.purpose),
        attempt=claimed.attempt,
        outcome=result,
        retry_at=outcome.retry_at.isoformat() if outcome.retry_at else None,
        error=outcome.error,
        took_ms=round(took / timedelta(milliseconds=1)),
    )


def _log_bug(notice: Notice, error: Exception) -> None:
    """Say where the error rose, not what it says: its text may hold the recipient."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    _log.error("notice.gateway_bug", notice_id=notice.id, error_type=type(error).__name__, where=where)
