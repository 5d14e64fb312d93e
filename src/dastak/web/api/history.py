"""`/api/v1/events` and `/api/v1/deliveries`: what happened, what was sent, what came back, and sending it again.

In: requests of a merchant. Out: pages in the order of happening; `next` is the cursor to pass as `after`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.web.api.fields import whole_number
from dastak.web.api.problem import VALIDATION, Problem, invalid, not_found
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import AttemptRow, DeliveryFilter, DeliveryRow, EventFilter, EventRow, LogReader, Resent
from dastak_sdk.traceparent import trace_id

PAGE = 50
LARGEST_PAGE = 200
LARGEST_POSITION = 2**62


@dataclass(frozen=True, slots=True)
class HistoryApi:
    """Handlers; `routes` mounts them."""

    log: LogReader
    now: Callable[[], datetime]
    wake: Callable[[], None]

    async def events(self, request: Request, merchant: Merchant) -> Response:
        """GET /api/v1/events, filtered by journey, verification_id, type and time."""
        query = request.query_params
        which = EventFilter(
            verification_id=query.get("verification_id"),
            journey_id=query.get("journey_id"),
            type=query.get("type"),
            since=_time(request, "since"),
            until=_time(request, "until"),
        )
        after, limit = _page(request)
        rows = await self.log.events(merchant.id, which, after, limit)
        return _answer([event_json(row) for row in rows], rows, limit)

    async def event(self, request: Request, merchant: Merchant) -> Response:
        """GET /api/v1/events/{event_id}."""
        row = await self.log.event(merchant.id, request.path_params["event_id"])
        if row is None:
            raise not_found("There is no such event.")
        return JSONResponse(event_json(row))

    async def deliveries(self, request: Request, merchant: Merchant) -> Response:
        """GET /api/v1/deliveries, filtered by event, endpoint, state and verification_id."""
        query = request.query_params
        which = DeliveryFilter(
            event_id=query.get("event_id"),
            endpoint_id=query.get("endpoint_id"),
            state=_state(query.get("state")),
            verification_id=query.get("verification_id"),
        )
        after, limit = _page(request)
        rows = await self.log.deliveries(merchant.id, which, after, limit)
        return _answer([delivery_json(row) for row in rows], rows, limit)

    async def delivery(self, request: Request, merchant: Merchant) -> Response:
        """GET /api/v1/deliveries/{delivery_id}, with its attempts."""
        delivery_id = request.path_params["delivery_id"]
        row = await self.log.delivery(merchant.id, delivery_id)
        if row is None:
            raise not_found("There is no such delivery.")
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
        self.wake()
        row = await self.log.delivery(merchant.id, delivery_id)
        if row is None:
            raise not_found("There is no such delivery.")
        return JSONResponse(delivery_json(row), 202)


def event_json(row: EventRow) -> dict[str, Any]:
    """An event; `body` is the webhook's JSON, as it was sent."""
    return {
        "id": row.id,
        "type": row.type,
        "journey_id": row.journey_id,
        "verification_id": row.verification_id,
        "sequence": row.sequence,
        "occurred_at": row.occurred_at.isoformat(),
        "trace_id": trace_id(row.trace) or None,
        "body": None if row.body is None else json.loads(row.body),
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


def _page(request: Request) -> tuple[int, int]:
    query = request.query_params
    after = whole_number(query.get("after") or "0", "after", 0, LARGEST_POSITION)
    return after, whole_number(query.get("limit") or str(PAGE), "limit", 1, LARGEST_PAGE)


def _answer(data: list[dict[str, Any]], rows: Any, limit: int) -> JSONResponse:
    return JSONResponse({"data": data, "next": str(rows[-1].position) if len(rows) == limit else None})


def _state(value: str | None) -> DeliveryState | None:
    if not value:
        return None
    if value not in list(DeliveryState):
        raise invalid("state", f"it must be one of {', '.join(DeliveryState)}.")
    return DeliveryState(value)


def _time(request: Request, field: str) -> datetime | None:
    value = request.query_params.get(field)
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise invalid(field, "it must be a time with its zone, such as 2026-01-31T10:00:00Z.")
    return at
