"""`/api/v1/events` and `/api/v1/deliveries`: what happened, what was sent, what came back, and sending it again.

In: requests of a merchant. Out: pages in the order of happening; `next` is the cursor to pass as `after`.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say, withdraw
from dastak.web.api.fields import moment, whole_number
from dastak.web.api.problem import VALIDATION, Problem, invalid, missing, not_found
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import (
    AttemptRow,
    DeliveryFilter,
    DeliveryRow,
    EventFilter,
    EventPage,
    EventRow,
    LogReader,
    Resent,
)
from dastak.webhooks.pull import Puller
from dastak_sdk.traceparent import trace_id

PAGE = 50
LARGEST_PAGE = 200
LARGEST_POSITION = 2**62
LARGEST_SEQUENCE = 2**31 - 1
LONGEST_WAIT = 30
"""Seconds: shorter than proxies and clients usually wait for an answer."""
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class HistoryApi:
    """Handlers; `routes` mounts them."""

    log: LogReader
    now: Callable[[], datetime]
    wake: Callable[[], None]
    puller: Puller

    async def events(self, request: Request, merchant: Merchant) -> Response:
        """GET /api/v1/events, filtered by journey, sequence, type and time; `wait` is for those to come."""
        which, limit = _event_filter(request), _limit(request)
        wait = whole_number(request.query_params.get("wait") or "0", "wait", 0, LONGEST_WAIT)
        is_latest = request.query_params.get("after") == LATEST
        after = await self.puller.latest(merchant.id) if is_latest else _after(request)
        pulling = self.puller.page(merchant.id, which, after, limit, timedelta(seconds=wait))
        page = await (_unless_gone(request, pulling) if wait else pulling)
        if page is None:
            withdraw()
            return Response(status_code=204)  # nobody is there to read it
        _say_which(page.rows)
        cursor = str(page.reached)
        data = [event_json(row) for row in page.rows]
        return JSONResponse({"data": data, "next": None if page.is_last else cursor, "cursor": cursor})

    async def event(self, request: Request, merchant: Merchant) -> Response:
        """GET /api/v1/events/{event_id}."""
        row = await self.log.event(merchant.id, request.path_params["event_id"])
        if row is None:
            raise not_found("There is no such event.")
        say(row.journey_id, event=row.id)
        return JSONResponse(event_json(row))

    async def deliveries(self, request: Request, merchant: Merchant) -> Response:
        """GET /api/v1/deliveries, filtered by event, endpoint, state, verification_id and the time of their end."""
        query = request.query_params
        which = DeliveryFilter(
            event_id=query.get("event_id"),
            endpoint_id=query.get("endpoint_id"),
            state=_state(query.get("state")),
            verification_id=query.get("verification_id"),
            since=moment(query, "since"),
            until=moment(query, "until"),
        )
        after, limit = _after(request), _limit(request)
        rows = await self.log.deliveries(merchant.id, which, after, limit)
        return _answer([delivery_json(row) for row in rows], rows, limit)

    async def delivery(self, request: Request, merchant: Merchant) -> Response:
        """GET /api/v1/deliveries/{delivery_id}, with its attempts."""
        delivery_id = request.path_params["delivery_id"]
        row = await self.log.delivery(merchant.id, delivery_id)
        if row is None:
            raise not_found("There is no such delivery.")
        say(row.journey_id, delivery=row.id)
        attempts = await self.log.attempts(merchant.id, delivery_id)
        return JSONResponse({**delivery_json(row), "attempt_log": [attempt_json(attempt) for attempt in attempts]})

    async def resend(self, request: Request, merchant: Merchant) -> Response:
        """POST /api/v1/deliveries/{delivery_id}/resend: a new round of attempts with the same id and bytes."""
        delivery_id = request.path_params["delivery_id"]
        resent = await self.log.resend(merchant.id, delivery_id, self.now())
        if resent is Resent.IMPOSSIBLE:
            raise not_found("There is no such delivery, or its endpoint was deleted.")
        if resent is Resent.IN_FLIGHT:
            raise Problem(
                409, VALIDATION, "attempt_in_flight", "An attempt is under way; resend when its outcome is known."
            )
        if resent is Resent.BODY_EXPIRED:
            raise Problem(
                409,
                VALIDATION,
                "event_body_expired",
                "The body of this event was kept for DASTAK_KEEP_BODIES_DAYS and is gone: nothing is left to send.",
            )
        self.wake()
        row = await self.log.delivery(merchant.id, delivery_id)
        if row is None:
            raise not_found("There is no such delivery.")
        return JSONResponse(delivery_json(row), 202)


def _say_which(rows: Sequence[EventRow]) -> None:
    """Whose data a page of events shows, for the audit log."""
    if not rows:
        withdraw()
        return
    (journey_id, *others) = {row.journey_id for row in rows}
    say("" if others else journey_id, count=str(len(rows)), first=rows[0].id, last=rows[-1].id)


def event_json(row: EventRow) -> dict[str, Any]:
    """An event; `body` is the webhook's JSON, `raw_body` its exact text: its UTF-8 bytes are what was sent."""
    return {
        "id": row.id,
        "type": row.type,
        "journey_id": row.journey_id,
        "verification_id": row.verification_id,
        "sequence": row.sequence,
        "occurred_at": row.occurred_at.isoformat(),
        "trace_id": trace_id(row.trace) or None,
        "body": None if row.body is None else json.loads(row.body),
        "raw_body": None if row.body is None else row.body.decode(),
    }


def delivery_json(row: DeliveryRow) -> dict[str, Any]:
    """A delivery, without its attempts."""
    return {
        "id": row.id,
        "event_id": row.event_id,
        "event_type": row.event_type,
        "journey_id": row.journey_id,
        "verification_id": row.verification_id,
        "sequence": row.sequence,
        "endpoint_id": row.endpoint_id,
        "state": row.state.value,
        "attempts": row.attempts,
        "next_attempt_at": row.next_attempt_at.isoformat() if row.next_attempt_at else None,
        "last_status": row.last_status,
        "last_reason": row.last_reason or None,
        "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }


def attempt_json(row: AttemptRow) -> dict[str, Any]:
    """One attempt: both sides of the exchange and the time of each phase."""
    return {
        "number": row.number,
        "started_at": row.started_at.isoformat(),
        "ended_at": row.ended_at.isoformat(),
        "outcome": row.outcome,
        "reason": row.reason,
        "stage": row.stage,
        "status": row.status,
        "address": row.address or None,
        "request_headers": [list(pair) for pair in row.request_headers],
        "answer_headers": [list(pair) for pair in row.answer_headers],
        "answer_body": row.answer_body.decode("utf-8", "replace"),
        "answer_truncated": row.answer_truncated,
        "timings_ms": {
            "resolved": row.resolved_us / 1000,
            "connected": row.connected_us / 1000,
            "tls": row.tls_us / 1000,
            "first_byte": row.first_byte_us / 1000,
            "total": row.total_us / 1000,
        },
    }


def _event_filter(request: Request) -> EventFilter:
    query = request.query_params
    which = EventFilter(
        verification_id=query.get("verification_id"),
        journey_id=query.get("journey_id"),
        type=query.get("type"),
        since=moment(query, "since"),
        until=moment(query, "until"),
        sequence_from=_sequence(request, "sequence_from"),
        sequence_to=_sequence(request, "sequence_to"),
    )
    if which.sequence_from is not None or which.sequence_to is not None:
        if not which.journey_id and not which.verification_id:
            raise missing("journey_id")
        if (which.sequence_to or LARGEST_SEQUENCE) < (which.sequence_from or 1):
            raise invalid("sequence_to", "it must not be less than sequence_from.")
    return which


def _after(request: Request) -> int:
    return whole_number(request.query_params.get("after") or "0", "after", 0, LARGEST_POSITION)


def _limit(request: Request) -> int:
    return whole_number(request.query_params.get("limit") or str(PAGE), "limit", 1, LARGEST_PAGE)


async def _unless_gone(request: Request, pulling: Coroutine[None, None, EventPage]) -> EventPage | None:
    """The page; None as soon as whoever asked for it has gone away."""
    page, gone = asyncio.ensure_future(pulling), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((page, gone), return_when=asyncio.FIRST_COMPLETED)
        return page.result() if page.done() else None
    finally:
        page.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _answer(data: list[dict[str, Any]], rows: Any, limit: int) -> JSONResponse:
    return JSONResponse({"data": data, "next": str(rows[-1].position) if len(rows) == limit else None})


def _sequence(request: Request, field: str) -> int | None:
    value = request.query_params.get(field)
    return whole_number(value, field, 1, LARGEST_SEQUENCE) if value else None


def _state(value: str | None) -> DeliveryState | None:
    if not value:
        return None
    if value not in list(DeliveryState):
        raise invalid("state", f"it must be one of {', '.join(DeliveryState)}.")
    return DeliveryState(value)
