"""`/verification/vkyc` and `/verification/oauth/token`: the contract's Video KYC API (contract.md §2.4-2.6).

In: requests of a merchant. Out: the contract's answers, field by field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say
from dastak.journeys.calendar import INDIA
from dastak.journeys.video_kyc.issuing import CaseIssuer, NewCase
from dastak.journeys.video_kyc.move import payload
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES, USER_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.api.aadhaar_details import aadhaar_details
from dastak.web.api.fields import (
    ID_LIMIT,
    choices,
    identifier,
    json_body,
    line,
    one_of,
    optional_identifier,
    optional_number,
    section,
)
from dastak.web.api.kyc_link import CHANNELS
from dastak.web.api.noting import key_of
from dastak.web.api.problem import VALIDATION, Problem, invalid, missing
from dastak.web.api.security_questions import question_json, security_questions
from dastak.web.api.vkyc_user import LARGEST_ID, whose

MADE = ("verification_id", "reference_id", "status", "sub_status", "vkyc_link", "link_expiry")
WHOSE = ("user_reference_id", "user_id")
LATER = ("recording_link", "meeting_schedule", "auditor_remarks", "agent_remarks")
"""The contract's order of fields: other than in events."""
APP_ID_LIMIT = 100
PRODUCTS = ("VKYC",)
IDENTIFIER_TYPES = ("mobile", "userId")


@dataclass(frozen=True, slots=True)
class VideoKycApi:
    """Handlers; `video_kyc_routes` mounts them."""

    issuer: CaseIssuer

    async def create(self, request: Request, merchant: Merchant) -> Response:
        """POST /verification/vkyc. Aadhaar details and questions are given back as they came; null: none came."""
        new = replace(new_case(await json_body(request)), made_by=key_of(request))
        say(kind="video_kyc")
        await self._can_be_reached(merchant, new)
        case = await self.issuer.create_case(merchant.id, new)
        made = standing(case, None)
        return JSONResponse(
            {
                **{name: made[name] for name in (*MADE, *WHOSE)},
                "aadhaar_details": new.aadhaar_details,
                "security_questions": [question_json(one) for one in new.security_questions] or None,
            }
        )

    async def read(self, request: Request, merchant: Merchant) -> Response:
        """GET /verification/vkyc, by either id; with both, they must mean the same case."""
        query = request.query_params
        verification_id = optional_identifier(query, "verification_id")
        reference = optional_number(query, "reference_id", 1, LARGEST_ID)
        if verification_id is None and reference is None:
            raise Problem(
                400,
                VALIDATION,
                "invalid_request",
                "Give verification_id or reference_id to say which Video KYC you mean.",
            )
        case = await self.issuer.find(merchant.id, verification_id, reference)
        say(case.id)
        return JSONResponse(standing(case, self.issuer.recording_link(case)))

    async def token(self, request: Request, merchant: Merchant) -> Response:
        """POST /verification/oauth/token: opens one case in an app, without a phone OTP."""
        reference, whom = _whose_token(await json_body(request))
        made = await self.issuer.access_token(merchant.id, reference, whom)
        say(made.case_id)
        until = _india(made.expires_at)
        return JSONResponse({"access_token": made.token, "expiry": until, "expires_at": until})

    async def _can_be_reached(self, merchant: Merchant, new: NewCase) -> None:
        if "email" not in new.notification_types:
            return
        user = await self.issuer.find_user(merchant.id, new.user_id, new.user_reference_id)
        if user.email is None:
            raise invalid("notification_types", "the user has no e-mail address; give one by PATCH /verification/user.")


def new_case(body: Mapping[str, Any]) -> NewCase:
    """The request, checked field by field in the contract's order of fields. Raises `Problem`."""
    verification_id = identifier(body, "verification_id")
    user_template = one_of(body, "user_template", tuple(USER_TEMPLATES))
    agent_template = one_of(body, "agent_template", tuple(AGENT_TEMPLATES))
    user_id, user_reference_id = whose(body)
    return NewCase(
        verification_id=verification_id,
        user_id=user_id,
        user_reference_id=user_reference_id,
        user_template=user_template,
        agent_template=agent_template,
        notification_types=choices(body, "notification_types", CHANNELS),
        aadhaar_details=aadhaar_details(body),
        security_questions=security_questions(body),
    )


def standing(case: VideoKyc, recording_link: str | None) -> dict[str, Any]:
    """The case as the contract's GET has it: with the values of its events, a fresh link, and the date's other form.

    The date: contract.md §7 ruling 9.
    """
    values = {
        **payload(case).to_json(),
        "recording_link": recording_link,
        "link_expiry": f"{case.link_expiry.isoformat()}T00:00:00.000Z",
    }
    return {name: values[name] for name in (*MADE, *WHOSE, *LATER)}


def _whose_token(body: Mapping[str, Any]) -> tuple[int, str]:
    """The case's number, and who opens it; `app_id` is asked for, as the contract does, and means nothing here."""
    line(body, "app_id", limit=APP_ID_LIMIT)
    if one_of(body, "product", PRODUCTS) is None:
        raise missing("product")
    metadata = section(body, "metadata") or {}
    reference = optional_number(metadata, "metadata.vkyc_request_id", 1, LARGEST_ID)
    if reference is None:
        raise missing("metadata.vkyc_request_id")
    whom = section(body, "authenticated_user") or {}
    if one_of(whom, "authenticated_user.identifier_type", IDENTIFIER_TYPES) is None:
        raise missing("authenticated_user.identifier_type")
    return reference, _identifier_value(whom)


def _identifier_value(whom: Mapping[str, Any]) -> str:
    """A phone or a user's id; a number is its digits (§7 ruling 24)."""
    value = whom.get("authenticated_user.identifier_value")
    said = {**whom, "authenticated_user.identifier_value": str(value) if type(value) is int else value}
    return line(said, "authenticated_user.identifier_value", limit=ID_LIMIT)


def _india(at: datetime) -> str:
    """Such as 2025-05-05T18:01:05+05:30."""
    return at.astimezone(INDIA).isoformat(timespec="seconds")
