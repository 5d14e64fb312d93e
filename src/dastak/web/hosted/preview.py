"""The customer's pages as they will look, for whoever sets them up. Nothing on them can be sent.

In: the merchant, and a template that may not be saved yet. Out: the page that a customer would get, made by the same
templates, with a customer who does not exist.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from dastak.accounts.merchant import Merchant
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.kyc_link.template import Template
from dastak.web.hosted.consent import consent_text
from dastak.web.hosted.face import face_of
from dastak.web.hosted.headers import CSP
from dastak.web.hosted.pages import Pages
from dastak.web.hosted.view import knocks, results
from dastak.web.hosted.words import WORDS, masked_phone
from dastak_sdk import CheckStatus, CheckType, FormStatus

PAGES: Mapping[str, str] = {"start": "First page", "check": "A check", "done": "Last page"}
"""What can be previewed, and its name."""

HEADERS = {
    "content-security-policy": CSP.replace("form-action 'self'", "form-action 'none'").replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    ),
    "x-frame-options": "SAMEORIGIN",
}
"""It may be framed by our own pages, and its forms lead nowhere."""

PHONE = "9876543210"
KEPT: Mapping[CheckType, Mapping[str, str]] = {
    CheckType.AADHAAR: {"aadhaar_number": "XXXX XXXX 3712"},
    CheckType.PAN: {"pan": "ABCPV1234D", "registered_name": "Asha Rao"},
    CheckType.BANK: {"account_number": "••••••7789", "name_at_bank": "Asha Rao"},
    CheckType.UPI: {"upi_id": "asha@bank"},
}


class Preview:
    """Renders previews."""

    pages: Mapping[str, str] = PAGES

    def __init__(self) -> None:
        self._pages = Pages()

    def page(self, merchant: Merchant, template: Template, name: str, now: datetime) -> Response:
        """The page of that name; the first one for a name that is none."""
        face, link = face_of(merchant, template), _a_link(template, now)
        match name:
            case "check":
                template_name, shown = self._check(link, face.name)
            case "done":
                template_name, shown = "done", {"results": results(_done(link)), "name": "Asha Rao"}
            case _:
                template_name, shown = "start", self._start(link)
        response = self._pages.render(template_name, sandbox=False, preview=True, face=face, **shown)
        response.headers.update(HEADERS)
        return response

    def _start(self, link: KycLink) -> dict[str, Any]:
        expiry = link.link_expiry
        return {
            "phone": masked_phone(PHONE),
            "needs": [WORDS[check.type] for check in link.checks],
            "takes": "about two minutes",
            "expires": f"{expiry.day} {expiry:%B %Y}",
        }

    def _check(self, link: KycLink, merchant: str) -> tuple[str, dict[str, Any]]:
        first = link.checks[0].type
        return WORDS[first].slug, {"knocks": knocks(link, "", first), "last4": "", "consent": consent_text(merchant)}


def _a_link(template: Template, now: datetime) -> KycLink:
    until = now + timedelta(days=7)
    return KycLink(
        merchant_id="",
        id="",
        code="",
        verification_id="",
        reference_id=0,
        name="Asha Rao",
        phone=PHONE,
        email=None,
        template_name=template.name,
        checks=tuple(Check(type_) for type_ in template.checks),
        form_status=FormStatus.RECEIVED,
        link_expiry=until.date(),
        expires_at=until,
        created_at=now,
        form_link="",
    )


def _done(link: KycLink) -> KycLink:
    passed = tuple(replace(one, status=CheckStatus.SUCCESS, kept=KEPT[one.type]) for one in link.checks)
    return replace(link, checks=passed, form_status=FormStatus.SUCCESS)
