"""`/api/v1/replays`: many deliveries sent again, as a job: tried out, made, watched, cancelled.

In: requests of a merchant. Out: JSON. A field that nobody knows is refused: a misspelt filter would send too much.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say
from dastak.web.api.fields import (
    ID_LIMIT,
    IDENTIFIER,
    IDENTIFIER_RULE,
    choices,
    known_fields,
    moment,
    optional_text,
    whole_number,
)
from dastak.web.api.history import LARGEST_PAGE, LARGEST_POSITION, PAGE, delivery_json
from dastak.web.api.problem import invalid
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import LogReader
from dastak.webhooks.replay import (
    DEFAULT_RATE,
    LARGEST_RATE,
    LEAST_RATE,
    REPLAYABLE,
    UNDELIVERED,
    Replay,
    Selection,
    Skip,
)
from dastak.webhooks.replay_desk import ReplayDesk
from dastak_sdk import EVENT_TYPES

FIELDS = (
    "endpoint_id",
    "states",
    "event_types",
    "verification_id",
    "since",
    "until",
    "after",
    "up_to",
    "rate_per_second",
    "dry_run",
)


@dataclass(frozen=True, slots=True)
class ReplayApi:
    """Handlers; `routes` mounts them."""

    desk: ReplayDesk
    log: LogReader

    async def create(self, request: Request, merchant: Merchant) -> Response:
        """POST: make a job of what is selected; with `dry_run`, only say what that is."""
        body = await known_fields(request, FIELDS)
        selection, rate = _selection(body), _rate(body)
        if _dry_run(body):
            return await self._preview(merchant, selection)
        say(**{name: str(body[name]) for name in FIELDS if body.get(name) not in (None, "", [])})
        return JSONResponse(replay_json(await self.desk.begin(merchant.id, selection, rate)), 202)

    async def list(self, request: Request, merchant: Merchant) -> Response:
        """GET: newest first; `next` is the id to pass as `after`."""
        query = request.query_params
        limit = whole_number(query.get("limit") or str(PAGE), "limit", 1, LARGEST_PAGE)
        after = optional_text(query, "after", limit=ID_LIMIT, rule=IDENTIFIER_RULE, pattern=IDENTIFIER)
        jobs = await self.desk.list(merchant.id, after, limit)
        more = jobs[-1].id if len(jobs) == limit else None
        return JSONResponse({"data": [replay_json(job) for job in jobs], "next": more})

    async def read(self, request: Request, merchant: Merchant) -> Response:
        """GET one."""
        return JSONResponse(replay_json(await self.desk.get(merchant.id, request.path_params["replay_id"])))

    async def cancel(self, request: Request, merchant: Merchant) -> Response:
        """POST …/cancel: nothing more is re-queued; what is, goes out."""
        return JSONResponse(replay_json(await self.desk.cancel(merchant.id, request.path_params["replay_id"])))

    async def _preview(self, merchant: Merchant, selection: Selection) -> Response:
        tried = await self.desk.preview(merchant.id, selection)
        rows = [await self.log.delivery(merchant.id, delivery_id) for delivery_id in tried.sample]
        sample = [delivery_json(row) for row in rows if row is not None]
        return JSONResponse(
            {"dry_run": True, "matched": tried.matched, "matched_exactly": tried.exactly, "sample": sample}
        )


def replay_json(job: Replay) -> dict[str, Any]:
    """A job, with what it was asked for and how far it is."""
    which = job.selection
    return {
        "id": job.id,
        "state": job.state.value,
        "endpoint_id": which.endpoint_id,
        "states": [state.value for state in which.states],
        "event_types": list(which.event_types) or list(EVENT_TYPES),
        "verification_id": which.verification_id,
        "since": _iso(which.since),
        "until": _iso(which.until),
        "after": str(which.after),
        "up_to": str(which.up_to),
        "rate_per_second": job.rate_per_second,
        "matched": job.matched,
        "matched_exactly": job.matched_exactly,
        "requeued": job.requeued,
        "skipped": {reason.value: job.skipped.get(reason, 0) for reason in Skip},
        "position": str(job.position),
        "progress": round(job.progress, 4),
        "created_at": job.created_at.isoformat(),
        "started_at": _iso(job.started_at),
        "finished_at": _iso(job.finished_at),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _selection(body: Mapping[str, Any]) -> Selection:
    states = choices(body, "states", [state.value for state in REPLAYABLE])
    since, until = moment(body, "since"), moment(body, "until")
    if since is not None and until is not None and until <= since:
        raise invalid("until", "it must be later than since.")
    after, up_to = _cursor(body, "after"), _cursor(body, "up_to")
    if up_to and up_to <= after:
        raise invalid("up_to", "it must lie beyond after.")
    return Selection(
        states=tuple(DeliveryState(state) for state in states) or UNDELIVERED,
        endpoint_id=optional_text(body, "endpoint_id", limit=ID_LIMIT, rule=IDENTIFIER_RULE, pattern=IDENTIFIER),
        event_types=choices(body, "event_types", tuple(EVENT_TYPES)),
        verification_id=optional_text(
            body, "verification_id", limit=ID_LIMIT, rule=IDENTIFIER_RULE, pattern=IDENTIFIER
        ),
        since=since,
        until=until,
        after=after,
        up_to=up_to,
    )


def _cursor(body: Mapping[str, Any], field: str) -> int:
    """A position in the log of deliveries, as `next` gives it; 0: none."""
    value = body.get(field)
    if value is None or value == "":
        return 0
    if not isinstance(value, str):
        raise invalid(field, "it must be a text: what next of a page of deliveries was.")
    return whole_number(value, field, 0, LARGEST_POSITION)


def _rate(body: Mapping[str, Any]) -> float:
    value = body.get("rate_per_second")
    if value is None:
        return DEFAULT_RATE
    if type(value) not in (int, float) or not LEAST_RATE <= value <= LARGEST_RATE:
        raise invalid("rate_per_second", f"it must be a number from {LEAST_RATE:g} to {LARGEST_RATE:g}.")
    return float(value)


def _dry_run(body: Mapping[str, Any]) -> bool:
    value = body.get("dry_run")
    if value is not None and not isinstance(value, bool):
        raise invalid("dry_run", "it must be true or false.")
    return bool(value)
