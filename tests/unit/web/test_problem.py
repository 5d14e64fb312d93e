"""Every error that an API handler can raise has an answer in the contract's shape."""

import ast
import importlib
import inspect
import json
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from dastak.journeys.errors import DuplicateVerificationId, JourneyError, TooSoon
from dastak.journeys.kyc_link import errors as journey_errors
from dastak.journeys.kyc_link import issuing
from dastak.journeys.video_kyc import booking, case_desk
from dastak.journeys.video_kyc import errors as case_errors
from dastak.journeys.video_kyc import issuing as case_issuing
from dastak.journeys.video_kyc import moving as case_moving
from dastak.store.sqlite import links as links_store
from dastak.web.api import problem as module
from dastak.web.api.problem import DOMAIN_ERRORS, Problem, answer_problem, invalid, missing, not_found, too_many
from dastak.webhooks import registry, replay_desk
from dastak.webhooks.post import UrlRefused
from dastak.webhooks.registry import RegistryError
from dastak.webhooks.replay_desk import ReplayError

BEHIND_THE_API: tuple[ModuleType, ...] = (
    *(issuing, registry, replay_desk, links_store),
    *(case_issuing, case_desk, case_moving, booking),
)
"""What handlers call: their `raise` statements are what can come out."""


def answered(error: Exception) -> tuple[int, dict[str, Any]]:
    answer = answer_problem(error)
    return answer.status_code, json.loads(bytes(answer.body))


def raised_in(room: ModuleType) -> set[type[Exception]]:
    """The exception classes that the module's source raises by name."""
    tree = ast.parse(inspect.getsource(room))
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    return {getattr(room, name) for name in names}


def all_below(root: type[Exception]) -> set[type[Exception]]:
    return {below for direct in root.__subclasses__() for below in {direct, *all_below(direct)}}


def test_every_error_that_the_rooms_behind_the_api_raise_is_mapped() -> None:
    can_come = set().union(*(raised_in(room) for room in BEHIND_THE_API))
    assert DuplicateVerificationId in can_come, "or this test looks in the wrong place"
    assert can_come <= {TooSoon, *DOMAIN_ERRORS}


def test_every_registry_error_is_mapped() -> None:
    assert all_below(RegistryError) <= set(DOMAIN_ERRORS)
    assert all_below(ReplayError) <= set(DOMAIN_ERRORS)


@pytest.mark.parametrize("kind", sorted(DOMAIN_ERRORS, key=str))
def test_a_mapped_error_has_the_contract_s_shape_and_leaks_nothing_of_ours(kind: type[Exception]) -> None:
    status, body = answered(kind("internal words"))
    assert 400 <= status < 500
    assert list(body) == ["type", "code", "message"]
    assert all(body.values())
    assert "internal words" not in str(body)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DuplicateVerificationId(), 409, "verification_id_already_exists"),
        (journey_errors.LinkNotFound(), 404, "Resource not found"),
        (journey_errors.StaticLinkNotLinked(), 400, "static_link_not_linked"),
        (journey_errors.UnknownTemplate(), 404, "template_name_not_found"),
        (case_errors.CaseNotFound(), 404, "Resource not found"),
        (case_errors.UserNotFound(), 404, "Resource not found"),
    ],
)
def test_the_contract_s_own_codes_are_these(error: Exception, status: int, code: str) -> None:
    found, body = answered(error)
    assert (found, body["code"]) == (status, code)


def test_a_url_that_may_not_be_called_says_why() -> None:
    status, body = answered(UrlRefused("scheme", "Use https."))
    assert (status, body["code"], body["message"], body["error"]) == (
        400,
        "url_value_invalid",
        "Use https.",
        {"reason": "scheme"},
    )


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (missing("phone"), 400, "phone_missing"),
        (invalid("phone", "digits."), 400, "phone_value_invalid"),
        (not_found(), 404, "Resource not found"),
        (too_many("too_many_requests_per_ip", 7), 429, "too_many_requests_per_ip"),
    ],
)
def test_problems_made_by_handlers_are_answered_as_they_are(problem: Problem, status: int, code: str) -> None:
    found, body = answered(problem)
    assert (found, body["code"]) == (status, code)


def test_too_soon_says_when_to_come_back() -> None:
    answer = answer_problem(TooSoon(timedelta(seconds=41.2)))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "42")


def test_too_many_says_when_to_come_back() -> None:
    answer = answer_problem(too_many("c", 7, {"X-RateLimit-Limit": "1"}))
    assert (answer.headers["retry-after"], answer.headers["x-ratelimit-limit"]) == ("7", "1")


@pytest.mark.parametrize("status", [404, 405, 413, 418])
def test_the_framework_s_errors_have_the_same_shape(status: int) -> None:
    found, body = answered(HTTPException(status, headers={"allow": "GET"}))
    assert (found, list(body)) == (status, ["type", "code", "message"])


class _Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def error(self, event: str, **_values: object) -> None:
        self.lines.append(event)


def test_any_other_error_is_a_500_that_says_nothing_and_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    log = _Log()
    monkeypatch.setattr(module, "log", log)
    status, body = answered(ZeroDivisionError("of 9876543210"))
    assert (status, body["code"]) == (500, "request_failed")
    assert "9876543210" not in str(body)
    assert log.lines == ["api_failure"]


def test_codes_of_journey_errors_are_stable_words_and_no_two_are_alike() -> None:
    importlib.import_module("dastak.journeys.kyc_link.desk")
    importlib.import_module("dastak.journeys.video_kyc.errors")
    codes = [kind.code for kind in all_below(JourneyError) if issubclass(kind, JourneyError)]
    assert len(set(codes)) == len(codes)
    assert all(code.isidentifier() for code in codes)
