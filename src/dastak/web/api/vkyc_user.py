"""`/verification/user`: whom Video KYCs are made for (contract.md §2.3).

In: requests of a merchant. Out: the contract's answers, field by field. The phone never changes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say
from dastak.journeys.customer import EMAIL, PHONE
from dastak.journeys.video_kyc.issuing import CaseIssuer, NewUser, UserPatch
from dastak.journeys.video_kyc.user import VkycUser
from dastak.web.api.fields import json_body, optional_identifier, optional_line, optional_number, optional_text, text
from dastak.web.api.noting import key_of
from dastak.web.api.problem import VALIDATION, Problem, invalid

NAME_LIMIT = 100
ADDRESS = re.compile(r"(?!\s)[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+(?<!\s)")
ADDRESS_LIMIT = 500
ADDRESS_RULE = "it must be words, without spaces around them and without control characters."
LARGEST_ID = 2**53 - 1
"""Larger whole numbers do not survive every JSON reader."""


@dataclass(frozen=True, slots=True)
class UserApi:
    """Handlers; `video_kyc_routes` mounts them."""

    issuer: CaseIssuer

    async def create(self, request: Request, merchant: Merchant) -> Response:
        """POST."""
        new = replace(new_user(await json_body(request)), made_by=key_of(request))
        return _answer(await self.issuer.create_user(merchant.id, new))

    async def read(self, request: Request, merchant: Merchant) -> Response:
        """GET, by either id; with both, they must mean the same user."""
        user_id, reference = whose(request.query_params)
        user = await self.issuer.find_user(merchant.id, user_id, reference)
        say(str(user.user_reference_id))
        return _answer(user)

    async def change(self, request: Request, merchant: Merchant) -> Response:
        """PATCH: e-mail, name and address of the user whom either id names; absent, null and empty change nothing."""
        body = await json_body(request)
        user_id, reference = whose(body)
        patch = UserPatch(email=_email(body), name=_name(body), address=_address(body))
        if body.get("phone") not in (None, ""):
            await self._same_phone(merchant, user_id, reference, body["phone"])
        say(changed=" ".join(one.name for one in fields(patch) if getattr(patch, one.name) is not None))
        return _answer(await self.issuer.change_user(merchant.id, user_id, reference, patch))

    async def _same_phone(self, merchant: Merchant, user_id: str | None, reference: int | None, phone: object) -> None:
        user = await self.issuer.find_user(merchant.id, user_id, reference)
        if phone != user.phone:
            raise invalid("phone", "it cannot change; make another user.")


def new_user(body: Mapping[str, Any]) -> NewUser:
    """The request, checked field by field. Raises `Problem`."""
    return NewUser(
        phone=text(body, "phone", limit=PHONE.limit, rule=PHONE.words, pattern=PHONE.pattern),
        user_id=optional_identifier(body, "user_id"),
        email=_email(body),
        name=_name(body),
        address=_address(body),
    )


def whose(values: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Which user a query or a body means: `user_id`, `user_reference_id`. Raises `Problem` if it names neither."""
    user_id = optional_identifier(values, "user_id")
    reference = optional_number(values, "user_reference_id", 1, LARGEST_ID)
    if user_id is None and reference is None:
        raise Problem(
            400, VALIDATION, "invalid_request", "Give user_id or user_reference_id to say which user you mean."
        )
    return user_id, reference


def _name(body: Mapping[str, Any]) -> str | None:
    return optional_line(body, "name", limit=NAME_LIMIT)


def _email(body: Mapping[str, Any]) -> str | None:
    return optional_text(body, "email", limit=EMAIL.limit, rule=EMAIL.words, pattern=EMAIL.pattern)


def _address(body: Mapping[str, Any]) -> str | None:
    return optional_text(body, "address", limit=ADDRESS_LIMIT, rule=ADDRESS_RULE, pattern=ADDRESS)


def _answer(user: VkycUser) -> JSONResponse:
    return JSONResponse(
        {
            "user_reference_id": user.user_reference_id,
            "user_id": user.user_id,
            "phone": user.phone,
            "email": user.email,
            "name": user.name,
            "address": user.address,
        }
    )
