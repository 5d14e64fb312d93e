"""`/verification/form` and `/verification/form/static-link`: the contract's KYC Link API (contract.md §3).

In: requests of a merchant. Out: the contract's answers, field by field.
"""

import base64
import io
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say
from dastak.journeys.calendar import is_allowed_expiry
from dastak.journeys.customer import EMAIL, NAME, PHONE
from dastak.journeys.kyc_link.errors import UnknownTemplate
from dastak.journeys.kyc_link.issuing import LinkIssuer, NewLink
from dastak.journeys.kyc_link.link import KycLink, StaticLink
from dastak.web.api.fields import choices, identifier, json_body, optional_text, text, whole_number
from dastak.web.api.noting import key_of
from dastak.web.api.problem import VALIDATION, Problem, missing

CHANNELS = ("sms", "email", "whatsapp")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LARGEST_ID = 2**53 - 1
"""Larger whole numbers do not survive every JSON reader."""


@dataclass(frozen=True, slots=True)
class FormApi:
    """Handlers; `routes` mounts them."""

    issuer: LinkIssuer

    async def create(self, request: Request, merchant: Merchant) -> Response:
        """POST /verification/form."""
        new = replace(new_link(await json_body(request), datetime.now(UTC)), made_by=key_of(request))
        say(kind="kyc_link")
        try:
            link = await self.issuer.create(merchant.id, new)
        except UnknownTemplate:
            raise Problem(
                400,
                VALIDATION,
                "Bad request, please check API documentation",
                "Please enter a valid template name.",
            ) from None
        return JSONResponse(
            {
                "name": link.name,
                "phone": link.phone,
                "email": link.email,
                "verification_id": link.verification_id,
                "reference_id": link.reference_id,
                "form_link": link.form_link,
                "form_status": link.form_status.value,
            }
        )

    async def read(self, request: Request, merchant: Merchant) -> Response:
        """GET /verification/form, by either id; snake_case names are accepted as a courtesy (ruling 29)."""
        query = request.query_params
        verification_id = query.get("verificationID") or query.get("verification_id")
        reference = query.get("referenceID") or query.get("reference_id")
        if not verification_id and not reference:
            raise Problem(
                400, VALIDATION, "invalid_request", "Give verificationID or referenceID to say which link you mean."
            )
        number = whole_number(reference, "referenceID", 1, LARGEST_ID) if reference else None
        link = await self.issuer.find(merchant.id, verification_id or None, number)
        say(link.id)
        return JSONResponse(_status(link))

    async def create_static(self, request: Request, merchant: Merchant) -> Response:
        """POST /verification/form/static-link."""
        link = await self.issuer.open_static_link(merchant.id, identifier(await json_body(request), "template_name"))
        return JSONResponse(
            {
                "static_link": link.url,
                "qr_code": qr_png(link.url),
                "template_name": link.template_name,
                "status": _state(link),
            }
        )

    async def delete_static(self, request: Request, merchant: Merchant) -> Response:
        """DELETE /verification/form/static-link?template_name=."""
        template_name = identifier(dict(request.query_params), "template_name")
        link = await self.issuer.close_static_link(merchant.id, template_name)
        return JSONResponse(
            {
                "message": "Successfully Deactivated",
                "static_link": link.url,
                "template_name": link.template_name,
                "status": _state(link),
            }
        )


def new_link(body: dict[str, Any], now: datetime) -> NewLink:
    """The request, checked field by field in the contract's order of fields. Raises `Problem`."""
    phone = text(body, "phone", limit=PHONE.limit, rule=PHONE.words, pattern=PHONE.pattern)
    template_name = identifier(body, "template_name")
    verification_id = identifier(body, "verification_id")
    name = optional_text(body, "name", limit=NAME.limit, rule=NAME.words, pattern=NAME.pattern)
    email = optional_text(body, "email", limit=EMAIL.limit, rule=EMAIL.words, pattern=EMAIL.pattern)
    channels = choices(body, "notification_types", CHANNELS)
    if "email" in channels and email is None:
        raise missing("email")
    return NewLink(verification_id, template_name, phone, name, email, _expiry(body, now), channels)


def _expiry(body: dict[str, Any], now: datetime) -> date | None:
    value = body.get("link_expiry")
    if value is None or value == "":
        return None
    expiry = _date(value)
    if expiry is None or not is_allowed_expiry(expiry, now):
        raise Problem(400, VALIDATION, "REQUEST_INVALID", "Please enter valid expiry date")
    return expiry


def _date(value: Any) -> date | None:
    if not isinstance(value, str) or not DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _status(link: KycLink) -> dict[str, Any]:
    return {
        "name": link.name,
        "phone": link.phone,
        "email": link.email,
        "verification_id": link.verification_id,
        "reference_id": link.reference_id,
        "link_expiry": link.link_expiry.isoformat(),
        "form_link": link.form_link,
        "form_status": link.form_status.value,
        "verification_details": [
            {"reference_id": check.reference_id, "type": check.type.value, "status": check.status.value}
            for check in link.checks
        ],
    }


def _state(link: StaticLink) -> str:
    return "ACTIVE" if link.active else "INACTIVE"


def qr_png(url: str) -> str:
    """A QR code of the URL as base64 of a PNG."""
    out = io.BytesIO()
    segno.make(url, error="m").save(out, kind="png", scale=8, border=4)
    return base64.b64encode(out.getvalue()).decode()
