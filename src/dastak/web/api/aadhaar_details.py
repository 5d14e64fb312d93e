"""`aadhaar_details` of a Video KYC: what the merchant already knows from an Aadhaar (contract.md §2.4).

In: the body of `POST /verification/vkyc`. Out: the contract's fields and no others, as they were sent, or a `Problem`.
An Aadhaar number is none of them, so it is never kept. Codes have whole names: `aadhaar_details.dob_missing`.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dastak.web.api.fields import optional_number, section, text
from dastak.web.api.problem import invalid, missing

ADDRESSES = ("split_address", "address_details")
"""Two names of the same thing; whichever comes is given back (contract.md §7 ruling 27)."""
PINCODE = "pincode"
NEEDED_PARTS = ("country", "dist", "house", PINCODE, "state", "street")
OTHER_PARTS = ("po", "subdist", "vtc")

WORDS = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
WORDS_LIMIT = 200
WORDS_RULE = "it must be words on one line."
URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
URL_LIMIT = 2048
URL_RULE = "it must be the URL of a picture, https://…"
VERIFIED_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
VERIFIED_AT_RULE = "it must be a time such as 2025-05-06 15:04:05."
BORN = re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4}")
BORN_RULE = "it must be a date such as 02-02-1995 (DD-MM-YYYY)."
GENDER = re.compile("[MFO]")
GENDER_RULE = "it must be M, F or O."
FIRST_PINCODE, LAST_PINCODE = 100_000, 999_999


def aadhaar_details(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What of it may be kept, checked in the contract's order of fields; None: the customer does the step."""
    given = section(body, "aadhaar_details")
    if given is None:
        return None
    kept: dict[str, Any] = {
        "last_verified_at": _verified_at(given),
        "care_of": said(given, "aadhaar_details.care_of"),
        "dob": _born(given),
        "gender": text(given, "aadhaar_details.gender", limit=1, rule=GENDER_RULE, pattern=GENDER),
        "name": text(given, "aadhaar_details.name", limit=WORDS_LIMIT, rule=WORDS_RULE, pattern=WORDS),
        "photo_link": text(given, "aadhaar_details.photo_link", limit=URL_LIMIT, rule=URL_RULE, pattern=URL),
    }
    for name in ADDRESSES:
        address = _address(given, f"aadhaar_details.{name}")
        if address is not None:
            kept[name] = address
    return kept


def said(values: Mapping[str, Any], field: str) -> str:
    """A text that must be there and may be empty, as parts of an Aadhaar are."""
    if values.get(field) == "":
        return ""
    return text(values, field, limit=WORDS_LIMIT, rule=WORDS_RULE, pattern=WORDS)


def _verified_at(given: Mapping[str, Any]) -> str:
    value = text(given, "aadhaar_details.last_verified_at", limit=19, rule=VERIFIED_AT_RULE, pattern=VERIFIED_AT)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise invalid("aadhaar_details.last_verified_at", VERIFIED_AT_RULE) from None
    return value


def _born(given: Mapping[str, Any]) -> str:
    value = text(given, "aadhaar_details.dob", limit=10, rule=BORN_RULE, pattern=BORN)
    try:
        date(int(value[6:]), int(value[3:5]), int(value[:2]))
    except ValueError:
        raise invalid("aadhaar_details.dob", BORN_RULE) from None
    return value


def _address(given: Mapping[str, Any], field: str) -> dict[str, Any] | None:
    parts = section(given, field)
    return None if parts is None else _parts(parts, field)


def _parts(parts: Mapping[str, Any], address: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in (*NEEDED_PARTS, *OTHER_PARTS):
        field = f"{address}.{name}"
        if name == PINCODE:
            kept[name] = _pincode(parts, field)
        elif name in NEEDED_PARTS or parts.get(field) is not None:
            kept[name] = said(parts, field)
    return kept


def _pincode(parts: Mapping[str, Any], field: str) -> Any:
    """As it was sent: a number, or its digits."""
    if optional_number(parts, field, FIRST_PINCODE, LAST_PINCODE) is None:
        raise missing(field)
    return parts[field]
