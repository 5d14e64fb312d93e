"""Errors of the API in the contract's shape: `type`, `code`, `message`, and sometimes `error` (contract.md §2.7).

In: what went wrong, in the rooms' terms. Out: one JSON answer. The table below is the only place that knows both.
"""

import math
from collections.abc import Mapping
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from dastak.accounts.operator import MOST_OPERATORS, EmailTaken, OperatorNotFound, TooManyOperators
from dastak.journeys.errors import Contended, DuplicateVerificationId, TooSoon
from dastak.journeys.kyc_link.errors import LinkNotFound, StaticLinkNotLinked, UnknownTemplate
from dastak.journeys.video_kyc.errors import (
    CaseClosed,
    CaseNotFound,
    DuplicateUserId,
    SlotUnavailable,
    StepClosed,
    UnknownVkycTemplate,
    UserNotFound,
)
from dastak.webhooks.post import UrlRefused
from dastak.webhooks.registry import EndpointNotFound, TooManyEndpoints
from dastak.webhooks.replay_desk import ReplayNotFound, ReplayNotNarrowed, TooManyReplays

log = structlog.get_logger("dastak.api")

VALIDATION = "validation_error"
API_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Every answer of the API: it holds personal data or secrets, and no cache knows our credential headers."""

NOT_FOUND_CODE = "Resource not found"
"""Sic: the contract's code has spaces (contract.md §7 ruling 50)."""


class Problem(Exception):  # noqa: N818 - it is raised as an answer, not as a defect
    """An answer that is not 2xx."""

    def __init__(
        self,
        status: int,
        type_: str,
        code: str,
        message: str,
        *,
        error: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type_
        self.code = code
        self.message = message
        self.error = error
        self.headers = headers

    def answer(self) -> JSONResponse:
        """The HTTP answer."""
        body: dict[str, Any] = {"type": self.type, "code": self.code, "message": self.message}
        if self.error is not None:
            body["error"] = dict(self.error)
        return JSONResponse(body, self.status, headers={**API_HEADERS, **(self.headers or {})})


def missing(field: str) -> Problem:
    """400: a field is not there."""
    return Problem(400, VALIDATION, f"{field}_missing", f"{field} is missing in the request.")


def invalid(field: str, rule: str) -> Problem:
    """400: a field has a value that it cannot have."""
    return Problem(400, VALIDATION, f"{field}_value_invalid", f"Invalid {field}: {rule}")


def not_found(message: str = "No data found") -> Problem:
    """404, the same for what never was and for what is another merchant's."""
    return Problem(404, "not_found_error", NOT_FOUND_CODE, message)


def too_many(code: str, retry_after: int, headers: Mapping[str, str] | None = None) -> Problem:
    """429."""
    return Problem(
        429,
        "rate_limit_error",
        code,
        f"Too many requests. Try again in {retry_after} seconds.",
        headers={**(headers or {}), "Retry-After": str(retry_after)},
    )


DOMAIN_ERRORS: Mapping[type[Exception], tuple[int, str, str, str]] = {
    DuplicateVerificationId: (
        409,
        VALIDATION,
        "verification_id_already_exists",
        "A verification_id can be used once; this one exists already.",
    ),
    LinkNotFound: (404, "not_found_error", NOT_FOUND_CODE, "No data found"),
    UnknownTemplate: (404, VALIDATION, "template_name_not_found", "There is no template of that name."),
    StaticLinkNotLinked: (
        400,
        VALIDATION,
        "static_link_not_linked",
        "This template has no active static link; there is nothing to deactivate.",
    ),
    EndpointNotFound: (404, "not_found_error", NOT_FOUND_CODE, "There is no such webhook endpoint."),
    TooManyEndpoints: (
        422,
        VALIDATION,
        "too_many_endpoints",
        "A merchant can have 50 webhook endpoints; delete one first.",
    ),
    ReplayNotFound: (404, "not_found_error", NOT_FOUND_CODE, "There is no such replay."),
    ReplayNotNarrowed: (
        400,
        VALIDATION,
        "replay_not_narrowed",
        "Say which deliveries: give at least one of endpoint_id, verification_id, since and after.",
    ),
    TooManyReplays: (
        422,
        VALIDATION,
        "too_many_replays",
        "A merchant can have 10 open replays; wait until one is done, or cancel one.",
    ),
    OperatorNotFound: (404, "not_found_error", NOT_FOUND_CODE, "There is no such operator."),
    EmailTaken: (
        409,
        VALIDATION,
        "operator_email_taken",
        "Another operator of yours has this address; one who was deactivated can be activated again.",
    ),
    TooManyOperators: (
        422,
        VALIDATION,
        "too_many_operators",
        f"A merchant can have {MOST_OPERATORS} operators, those who were deactivated too.",
    ),
    UserNotFound: (404, "not_found_error", NOT_FOUND_CODE, "There is no such user."),
    DuplicateUserId: (
        409,
        VALIDATION,
        "user_id_already_exists",
        "A user_id is one user's; this one exists already.",
    ),
    UnknownVkycTemplate: (
        400,
        VALIDATION,
        "Bad request, please check API documentation",
        "Please enter a valid template name.",
    ),
    CaseNotFound: (404, "not_found_error", NOT_FOUND_CODE, "No data found"),
    CaseClosed: (
        409,
        VALIDATION,
        "case_closed",
        "This Video KYC is over, or its link has expired; make another one.",
    ),
    StepClosed: (
        409,
        VALIDATION,
        "step_closed",
        "This Video KYC has come too far for that; read it to see where it stands.",
    ),
    SlotUnavailable: (
        409,
        VALIDATION,
        "slot_unavailable",
        "Nobody is free at that time; choose one of the slots of this Video KYC.",
    ),
    Contended: (
        409,
        VALIDATION,
        "changed_meanwhile",
        "Others change this at the same moment; nothing was done. Try again.",
    ),
}
"""domain error → status, type, code, message."""

UNAVAILABLE = "The database cannot be reached at the moment. Try again: nothing was half done."
AGAIN = {"Retry-After": "2"}

HTTP_ERRORS: Mapping[int, tuple[str, str, str]] = {
    404: ("not_found_error", NOT_FOUND_CODE, "There is nothing at this path; see the API reference."),
    405: ("validation_error", "method_not_allowed", "This path does not take that method."),
}


def _of_the_store(error: UnicodeError | ConnectionError) -> Problem:
    """A text that no row can hold names nothing; a store that is away may be asked again."""
    if isinstance(error, UnicodeError):
        return not_found()
    return Problem(503, "internal_error", "temporarily_unavailable", UNAVAILABLE, headers=AGAIN)


def _with_more_to_say(error: Exception) -> Problem | None:
    """Errors whose answer needs more than their type."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, UrlRefused):
        return Problem(400, VALIDATION, "url_value_invalid", error.message, error={"reason": error.code})
    if isinstance(error, TooSoon):
        return too_many("too_soon", math.ceil(error.retry_after.total_seconds()))
    return None


def answer_problem(error: Exception) -> Response:
    """Turn any error of an API call into the contract's shape; nothing of ours leaks."""
    problem = _with_more_to_say(error)
    if problem is not None:
        return problem.answer()
    if type(error) in DOMAIN_ERRORS:
        return Problem(*DOMAIN_ERRORS[type(error)]).answer()
    if isinstance(error, HTTPException):
        type_, code, message = HTTP_ERRORS.get(error.status_code, (VALIDATION, "invalid_request", str(error.detail)))
        return Problem(error.status_code, type_, code, message, headers=error.headers).answer()
    if isinstance(error, (UnicodeError, ConnectionError)):
        return _of_the_store(error).answer()
    log.error("api_failure", error=type(error).__name__, exc_info=error)
    return Problem(500, "internal_error", "request_failed", "Something went wrong on our side. Try again.").answer()
