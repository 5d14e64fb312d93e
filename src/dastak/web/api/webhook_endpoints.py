"""`/api/v1/webhook-endpoints`: Test & Add, list, change, disable, enable, test, rotate, delete.

In: requests of a merchant. Out: JSON. The secret is shown when an endpoint is made or rotated, and not again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say
from dastak.web.api.fields import choices, json_body, optional_text, text
from dastak.web.api.problem import Problem, invalid
from dastak.web.endpoint_host import host_in, host_of
from dastak.webhooks.endpoint import (
    DEFAULT_WINDOW,
    DESCRIPTION_LIMIT,
    EVENTS_TO_CHOOSE,
    LARGEST_RATE,
    LARGEST_WINDOW,
    LEAST_RATE,
    LONGEST_OVERLAP,
    ROTATION_OVERLAP,
    URL_LIMIT,
    Endpoint,
    EndpointState,
    LanePolicy,
)
from dastak.webhooks.health import Health
from dastak.webhooks.ports import HealthReader, TroubleReader
from dastak.webhooks.registry import EndpointChange, EndpointRegistry, NewEndpoint, Tested
from dastak.webhooks.retry import LONGEST_INTERVAL, PRESETS, RetryPolicy
from dastak.webhooks.trouble import Trouble, TroubleRules, disables_at
from dastak_sdk import EVENT_TYPES

SHOWN_ANSWER_BYTES = 1024
CHANGEABLE = ("description", "event_types", "retry_policy", "lane_policy", "window", "rate_per_second")
ANYTHING = re.compile(r"[^\x00-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class EndpointApi:
    """Handlers; `routes` mounts them."""

    registry: EndpointRegistry
    wake: Callable[[], None]
    """Tells the dispatcher that something may be due."""
    health: HealthReader | None
    """None: this process delivers nothing, so it knows of nobody's health."""
    troubles: TroubleReader
    rules: TroubleRules

    async def add(self, request: Request, merchant: Merchant) -> Response:
        """POST: a signed test event is sent first, and only a 2xx adds the endpoint; its answer is shown either way."""
        body = await json_body(request)
        new = NewEndpoint(
            url=text(body, "url", limit=URL_LIMIT, rule="it holds control characters.", pattern=ANYTHING),
            description=_description(body) or "",
            event_types=choices(body, "event_types", EVENTS_TO_CHOOSE),
            retry=_retry(body) or RetryPolicy.named("standard"),
            lane_policy=_lane_policy(body) or LanePolicy.RELAXED,
            window=_window(body) or DEFAULT_WINDOW,
            rate_per_second=_rate(body) or None,
        )
        say(host=host_in(new.url))
        endpoint, tested = await self.registry.test_and_add(merchant.id, new)
        if endpoint is None:
            raise Problem(
                422,
                "validation_error",
                "webhook_test_failed",
                f"The endpoint was not added: {_why(tested)}",
                error={"test": test_json(tested)},
            )
        return JSONResponse({**await self._json(endpoint, show_secret=True), "test": test_json(tested)}, 201)

    async def list(self, _request: Request, merchant: Merchant) -> Response:
        """GET: all endpoints, oldest first."""
        endpoints = await self.registry.list(merchant.id)
        troubles = await self.troubles.troubles(merchant.id)
        return JSONResponse({"data": [self._shown(one, troubles.get(one.id)) for one in endpoints]})

    async def read(self, request: Request, merchant: Merchant) -> Response:
        """GET one."""
        return JSONResponse(await self._json(await self.registry.get(merchant.id, _id(request))))

    async def change(self, request: Request, merchant: Merchant) -> Response:
        """PATCH: event types, retry policy, lane policy, window, rate, description."""
        body = await json_body(request)
        if "url" in body:
            raise invalid("url", "it cannot be changed; add the new URL as another endpoint, then delete this one.")
        change = EndpointChange(
            description=_description(body) if "description" in body else None,
            event_types=choices(body, "event_types", EVENTS_TO_CHOOSE) if "event_types" in body else None,
            retry=_retry(body),
            lane_policy=_lane_policy(body),
            window=_window(body),
            rate_per_second=_rate(body) if "rate_per_second" in body else None,
        )
        await self._say(request, merchant, changed=" ".join(name for name in CHANGEABLE if name in body))
        return JSONResponse(await self._json(await self.registry.change(merchant.id, _id(request), change)))

    async def delete(self, request: Request, merchant: Merchant) -> Response:
        """DELETE: what was pending is cancelled, the log stays."""
        await self._say(request, merchant)
        await self.registry.delete(merchant.id, _id(request))
        return Response(status_code=204)

    async def disable(self, request: Request, merchant: Merchant) -> Response:
        """POST …/disable: nothing is sent, what is owed waits."""
        await self._say(request, merchant)
        return JSONResponse(await self._json(await self.registry.disable(merchant.id, _id(request))))

    async def enable(self, request: Request, merchant: Merchant) -> Response:
        """POST …/enable: what waited is sent."""
        await self._say(request, merchant)
        endpoint = await self.registry.enable(merchant.id, _id(request))
        self.wake()
        return JSONResponse(await self._json(endpoint))

    async def test(self, request: Request, merchant: Merchant) -> Response:
        """POST …/test: a signed test event, with the answer; nothing is recorded."""
        tested = await self.registry.test(merchant.id, _id(request))
        return JSONResponse({"passed": tested.passed, "test": test_json(tested)})

    async def rotate(self, request: Request, merchant: Merchant) -> Response:
        """POST …/rotate-secret: a new secret; for the overlap, deliveries carry both signatures."""
        body = await json_body(request)
        overlap = _overlap(body.get("overlap_seconds"))
        await self._say(request, merchant, overlap_seconds=str(int(overlap.total_seconds())))
        endpoint = await self.registry.rotate_secret(merchant.id, _id(request), overlap)
        return JSONResponse(await self._json(endpoint, show_secret=True))

    async def _say(self, request: Request, merchant: Merchant, **details: str) -> None:
        """Tell the note for the audit log which endpoint it is about. Raises `EndpointNotFound`."""
        say(host=host_of(await self.registry.get(merchant.id, _id(request))), **details)

    async def _json(self, endpoint: Endpoint, *, show_secret: bool = False) -> dict[str, Any]:
        troubles = await self.troubles.troubles(endpoint.merchant_id)
        value = self._shown(endpoint, troubles.get(endpoint.id))
        return {**value, "secret": endpoint.secrets[0].secret} if show_secret else value

    def _shown(self, endpoint: Endpoint, trouble: Trouble | None) -> dict[str, Any]:
        health = None if self.health is None else self.health.of(endpoint)
        return endpoint_json(endpoint, health, trouble_json(endpoint, trouble, self.rules))


def endpoint_json(endpoint: Endpoint, health: Health | None, trouble: dict[str, Any] | None) -> dict[str, Any]:
    """An endpoint as the API shows it, without its secret."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": list(endpoint.event_types) or list(EVENT_TYPES),
        "retry_policy": {
            "preset": endpoint.retry.preset,
            "intervals_seconds": _intervals_seconds(endpoint.retry),
        },
        "lane_policy": endpoint.lane_policy.value,
        "window": endpoint.window,
        "rate_per_second": endpoint.rate_per_second,
        "state": endpoint.state.value,
        "disabled_reason": endpoint.disabled_reason or None,
        "health": None if health is None else _health_json(health),
        "trouble": trouble,
        "secrets": [
            {
                "hint": f"{secret.secret[:10]}…",
                "created_at": secret.created_at.isoformat(),
                "expires_at": secret.expires_at.isoformat() if secret.expires_at else None,
            }
            for secret in endpoint.secrets
        ],
        "created_at": endpoint.created_at.isoformat(),
        "updated_at": endpoint.updated_at.isoformat(),
    }


def trouble_json(endpoint: Endpoint, trouble: Trouble | None, rules: TroubleRules) -> dict[str, Any] | None:
    """Since when it fails, and what comes of it; None while it works, as far as is noted."""
    if trouble is None or trouble.failing_since is None:
        return None
    ends = disables_at(trouble, rules) if endpoint.state is EndpointState.ENABLED else None
    return {
        "failing_since": trouble.failing_since.isoformat(),
        "failures": trouble.failures,
        "last_failure_at": trouble.last_failure_at.isoformat() if trouble.last_failure_at else None,
        "last_reason": trouble.last_reason or None,
        "warned": trouble.warned,
        "disables_at": ends.isoformat() if ends else None,
    }


def _health_json(health: Health) -> dict[str, Any]:
    return {
        "breaker": health.breaker.value,
        "open_until": health.open_until.isoformat() if health.open_until else None,
        "rate_per_second": health.rate_per_second,
        "window_now": health.window_now,
    }


def test_json(tested: Tested) -> dict[str, Any]:
    """The answer to a test event: status, time and first bytes, or what went wrong."""
    answer = tested.answer
    return {
        "status": answer.status,
        "stage": answer.stage.value,
        "time_ms": round(answer.timings.total_us / 1000, 1),
        "body": answer.body[:SHOWN_ANSWER_BYTES].decode("utf-8", "replace"),
        "error": answer.error or None,
        "address": answer.address or None,
    }


def _why(tested: Tested) -> str:
    if tested.answer.status is None:
        return tested.answer.error
    return f"it answered {tested.answer.status}; it must answer 200 to 299 to a signed POST."


def _id(request: Request) -> str:
    value: str = request.path_params["endpoint_id"]
    return value


def _description(body: dict[str, Any]) -> str | None:
    limit = DESCRIPTION_LIMIT
    return optional_text(body, "description", limit=limit, rule="no control characters.", pattern=ANYTHING) or ""


def _retry(body: dict[str, Any]) -> RetryPolicy | None:
    value = body.get("retry_policy")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid("retry_policy", "it must be an object.")
    preset, seconds = value.get("preset", "custom"), value.get("intervals_seconds")
    if isinstance(preset, str) and preset in PRESETS:
        named = RetryPolicy.named(preset)
        if seconds is not None and seconds != _intervals_seconds(named):
            raise invalid("retry_policy", "own intervals_seconds go without a preset, or with preset custom.")
        return named
    if preset != "custom" or not isinstance(seconds, list) or not all(_is_seconds(item) for item in seconds):
        presets = ", ".join(PRESETS)
        raise invalid("retry_policy", f"give preset ({presets}), or intervals_seconds as a list of whole numbers.")
    try:
        return RetryPolicy.custom(tuple(timedelta(seconds=item) for item in seconds))
    except ValueError as error:
        raise invalid("retry_policy", f"{error}.") from None


def _intervals_seconds(policy: RetryPolicy) -> list[int]:
    return [int(interval.total_seconds()) for interval in policy.intervals]


def _is_seconds(value: Any) -> bool:
    return type(value) is int and 0 < value <= LONGEST_INTERVAL.total_seconds()


def _lane_policy(body: dict[str, Any]) -> LanePolicy | None:
    value = body.get("lane_policy")
    if value is None:
        return None
    if value not in list(LanePolicy):
        raise invalid("lane_policy", "it must be relaxed or strict.")
    return LanePolicy(value)


def _window(body: dict[str, Any]) -> int | None:
    value = body.get("window")
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= LARGEST_WINDOW:
        raise invalid("window", f"it must be a whole number from 1 to {LARGEST_WINDOW}.")
    return value


def _rate(body: dict[str, Any]) -> float:
    """The limit; 0 for none, which null asks for."""
    value = body.get("rate_per_second")
    if value is None:
        return 0.0
    if type(value) not in (int, float) or not LEAST_RATE <= value <= LARGEST_RATE:
        raise invalid("rate_per_second", f"it must be a number from {LEAST_RATE} to {LARGEST_RATE}, or null: no limit.")
    return float(value)


def _overlap(value: Any) -> timedelta:
    if value is None:
        return ROTATION_OVERLAP
    if type(value) is not int or not 0 <= value <= LONGEST_OVERLAP.total_seconds():
        raise invalid("overlap_seconds", "it must be a whole number from 0 to 604800.")
    return timedelta(seconds=value)
