"""Who calls the API, and how often: every handler is wrapped by this.

In: a request with `x-client-id` and `x-client-secret`. Out: the handler's answer for that merchant, with the rate
headers of contract.md §2.8; or 400, 401, 429 in the contract's shape.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.merchant import Merchant
from dastak.web.api.idempotency import Idempotency
from dastak.web.api.noting import KeyNotes, MerchantHandler
from dastak.web.api.observing import CallObserver, Unobserved
from dastak.web.api.problem import API_HEADERS, Problem, answer_problem, missing, too_many
from dastak.web.limiter import Usage, WindowLimiter
from dastak.web.network import limit_key
from dastak.web.tracing import RequestTracer, Untraced

HEADER_LIMIT = 256


class Authenticator(Protocol):
    async def authenticate(self, client_id: str, client_secret: str) -> Merchant | None: ...


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets callers in."""

    accounts: Authenticator
    limiter: WindowLimiter
    observer: CallObserver = field(default_factory=Unobserved)
    tracer: RequestTracer = field(default_factory=Untraced)
    idempotency: Idempotency | None = None
    notes: KeyNotes | None = None

    def open_to(
        self, operation: str, handler: MerchantHandler, deed: Deed | None = None
    ) -> Callable[[Request], Awaitable[Response]]:
        """The handler behind this gate, as Starlette calls it; what it does is noted as that deed."""
        if self.notes is not None and deed is not None:
            handler = self.notes.around(operation, handler, deed)

        async def handle(request: Request) -> Response:
            began = time.perf_counter()
            answer = await answered(request)
            self.observer.answered(operation, answer.status_code, timedelta(seconds=time.perf_counter() - began))
            return answer

        async def answered(request: Request) -> Response:
            headers = dict(API_HEADERS)
            try:
                self._count_address(request)
                merchant = await self._merchant(request)
                self.tracer.caller(merchant.id)
                headers |= self._count_operation(merchant, operation)
                answer = await self._handled(request, merchant, handler)
            except Exception as error:  # noqa: BLE001 - every error has an answer in the contract's shape
                answer = answer_problem(error)
            answer.headers.update(headers)
            return answer

        return handle

    async def _handled(self, request: Request, merchant: Merchant, handler: MerchantHandler) -> Response:
        if self.idempotency is None:
            return await handler(request, merchant)
        return await self.idempotency.answered(request, merchant, handler)

    async def _merchant(self, request: Request) -> Merchant:
        client_id, client_secret = (request.headers.get(name, "") for name in ("x-client-id", "x-client-secret"))
        if not client_id:
            raise missing("x-client-id")
        if not client_secret:
            raise missing("x-client-secret")
        merchant = None
        if max(len(client_id), len(client_secret)) <= HEADER_LIMIT:
            merchant = await self.accounts.authenticate(client_id, client_secret)
        if merchant is None:
            raise Problem(
                401, "authentication_error", "authentication_failed", "Invalid clientId and clientSecret combination"
            )
        return merchant

    def _count_address(self, request: Request) -> None:
        usage = self.limiter.count("api_address", limit_key(request.client.host) if request.client else "unknown")
        if usage is not None and not usage.allowed:
            raise too_many("too_many_requests_per_ip", usage.reset_seconds)

    def _count_operation(self, merchant: Merchant, operation: str) -> dict[str, str]:
        usage = self.limiter.count("api_operation", f"{merchant.id} {operation}")
        if usage is None:
            return {}
        headers = _rate_headers(usage)
        if not usage.allowed:
            raise too_many("too_many_requests_per_operation", usage.reset_seconds, headers)
        return headers


def _rate_headers(usage: Usage) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(usage.limit),
        "X-RateLimit-Remaining": str(usage.remaining),
        "X-RateLimit-Reset": str(usage.reset_seconds),
    }
