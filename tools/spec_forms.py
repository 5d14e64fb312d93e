"""The KYC Link API: the paths that a merchant's back end calls.

In: the tables of `spec_events` and `spec_errors`. Out: `PATHS`, for `spec_openapi`.
"""

from typing import Any

from tools.spec_errors import (
    BAD_EXPIRY,
    BAD_TEMPLATE,
    BODY,
    DUPLICATE_ID,
    ID_LENGTH,
    NAME_CHARACTERS,
    NEITHER_ID,
    NO_DATA,
    NO_TEMPLATE,
    STATIC_LINK_NOT_LINKED,
    Refusal,
    invalid,
    missing,
    refused,
    too_long,
)
from tools.spec_events import DATE, VERIFICATION_DETAIL, full_object, nullable, number, text

from dastak_sdk import FormStatus

TAG = "KYC Link"
_ID = r"^[A-Za-z0-9._-]+$"
_TEMPLATE_NAME = text("Which checks to ask for, in which order.", pattern=_ID, examples=["Aadhaar_verification"])
_API_VERSION = {
    "name": "x-api-version",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "examples": ["2024-12-01"]},
    "description": "Accepted and ignored.",
}

_LINK_FIELDS: dict[str, Any] = {
    "name": nullable("As given."),
    "phone": text("As given."),
    "email": nullable("As given."),
    "verification_id": text("As given."),
    "reference_id": number("The server's number of the link."),
    "form_link": text("What the customer opens.", format="uri"),
    "form_status": {"enum": [each.value for each in FormStatus], "description": "Where the link stands."},
}

_NEW_LINK = full_object(
    {
        "phone": text("The customer's phone.", pattern=r"^\+?[0-9]{8,13}$", examples=["9999999999"]),
        "template_name": _TEMPLATE_NAME,
        "verification_id": text("Your own id of this link; unique.", maxLength=50, pattern=_ID),
        "name": text("The customer's name: letters of any script, digits, spaces, '.' and '-'.", maxLength=100),
        "email": text("The customer's email address. Needed to invite by email.", maxLength=254),
        "link_expiry": {
            **DATE,
            "description": "The last day, in India, on which the link can be used: today to 30 days from now. "
            "Without it, 30 days from now.",
        },
        "notification_types": {
            "type": "array",
            "items": {"enum": ["sms", "email", "whatsapp"]},
            "description": "How to send the link to the customer. Without it, hand the link over yourself.",
        },
    },
    "The link you want.",
    optional=("name", "email", "link_expiry", "notification_types"),
)
_NEW_LINK_EXAMPLE = {
    "phone": "9999999999",
    "template_name": "Aadhaar_verification",
    "verification_id": "order-1001",
    "name": "Asha",
    "email": "asha@example.com",
    "notification_types": ["sms"],
}
_LINK_EXAMPLE = {
    "name": "Asha",
    "phone": "9999999999",
    "email": "asha@example.com",
    "verification_id": "order-1001",
    "reference_id": 235461,
    "form_link": "https://kyc.example/verification/Y7tpcan5ksm0",
    "form_status": "RECEIVED",
}
_LINK_STATE_EXAMPLE = {
    "name": "Asha",
    "phone": "9999999999",
    "email": "asha@example.com",
    "verification_id": "order-1001",
    "reference_id": 235461,
    "link_expiry": "2025-12-02",
    "form_link": "https://kyc.example/verification/Y7tpcan5ksm0",
    "form_status": "RECEIVED",
    "verification_details": [{"reference_id": 234, "type": "OFFLINE_AADHAAR_VERIFICATION", "status": "SUCCESS"}],
}


def _answer(description: str, schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {
        "200": {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}
    }


def _asked(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def _query(name: str, description: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description}


_STATIC_LINK_FIELDS: dict[str, Any] = {
    "static_link": text("The link, the same for every customer.", format="uri"),
    "qr_code": text("A PNG of the link as a QR code.", contentEncoding="base64"),
    "template_name": text("As given."),
    "status": {"const": "ACTIVE"},
}
_DEACTIVATED_FIELDS: dict[str, Any] = {
    "message": text("For people."),
    "static_link": text("The link, not usable any more.", format="uri"),
    "template_name": text("As given."),
    "status": {"const": "INACTIVE"},
}
_STATIC_URL = "https://kyc.example/verification/global-link/Y7tpcan5ksm0"
_BAD_TEMPLATE_NAME: tuple[Refusal, ...] = (
    missing("template_name"),
    invalid("template_name", f"{NAME_CHARACTERS} in template_name."),
)

PATHS: dict[str, Any] = {
    "/verification/form": {
        "parameters": [_API_VERSION],
        "post": {
            "operationId": "createKycLink",
            "tags": [TAG],
            "summary": "Create a KYC Link",
            "requestBody": _asked(_NEW_LINK, _NEW_LINK_EXAMPLE),
            "responses": {
                **_answer("The link.", full_object(_LINK_FIELDS, "The link as it was made."), _LINK_EXAMPLE),
                **refused(
                    missing("verification_id"),
                    invalid("verification_id", f"{NAME_CHARACTERS} in verification_id."),
                    ID_LENGTH,
                    missing("phone"),
                    *_BAD_TEMPLATE_NAME,
                    BAD_TEMPLATE,
                    too_long("template_name", 50),
                    invalid("phone", "phone has 8 to 13 digits, with or without '+' before them."),
                    too_long("phone", 14),
                    invalid("name", "Only letters, digits, spaces, '.' and '-' are allowed in name."),
                    too_long("name", 100),
                    missing("email"),
                    invalid("email", "email is not an e-mail address."),
                    too_long("email", 254),
                    invalid("notification_types", "notification_types must be a list of: sms, email, whatsapp."),
                    *BODY,
                    BAD_EXPIRY,
                    DUPLICATE_ID,
                ),
            },
        },
        "get": {
            "operationId": "getKycLink",
            "tags": [TAG],
            "summary": "See where a KYC Link stands",
            "description": "Give either id. `verification_id` and `reference_id` are accepted as names, too.",
            "parameters": [
                _query("verificationID", "Your own id of the link.", {"type": "string"}),
                _query("referenceID", "The server's number of the link.", {"type": "integer"}),
            ],
            "responses": {
                **_answer(
                    "The link.",
                    full_object(
                        {
                            **{name: _LINK_FIELDS[name] for name in list(_LINK_FIELDS)[:5]},
                            "link_expiry": {**DATE, "description": "The last day, in India, of the link."},
                            "form_link": _LINK_FIELDS["form_link"],
                            "form_status": _LINK_FIELDS["form_status"],
                            "verification_details": {"type": "array", "items": VERIFICATION_DETAIL},
                        },
                        "The link as it stands now.",
                    ),
                    _LINK_STATE_EXAMPLE,
                ),
                **refused(NEITHER_ID, invalid("referenceID", "referenceID must be a whole number."), NO_DATA),
            },
        },
    },
    "/verification/form/static-link": {
        "parameters": [_API_VERSION],
        "post": {
            "operationId": "createStaticLink",
            "tags": [TAG],
            "summary": "Create a static link: one link and QR code for many customers",
            "requestBody": _asked(
                full_object({"template_name": _TEMPLATE_NAME}, "The template behind the link."),
                {"template_name": "Aadhaar_verification"},
            ),
            "responses": {
                **_answer(
                    "The static link.",
                    full_object(_STATIC_LINK_FIELDS, "The static link."),
                    {
                        "static_link": _STATIC_URL,
                        "qr_code": "iVBORw0KGgo=",
                        "template_name": "Aadhaar_verification",
                        "status": "ACTIVE",
                    },
                ),
                **refused(*_BAD_TEMPLATE_NAME, too_long("template_name", 50), *BODY, NO_TEMPLATE),
            },
        },
        "delete": {
            "operationId": "deactivateStaticLink",
            "tags": [TAG],
            "summary": "Deactivate a static link",
            "parameters": [_query("template_name", "The template behind the link.", _TEMPLATE_NAME, required=True)],
            "responses": {
                **_answer(
                    "It is not usable any more. Links that it already gave out stay.",
                    full_object(_DEACTIVATED_FIELDS, "The static link."),
                    {
                        "message": "Successfully Deactivated",
                        "static_link": _STATIC_URL,
                        "template_name": "Aadhaar_verification",
                        "status": "INACTIVE",
                    },
                ),
                **refused(*_BAD_TEMPLATE_NAME, too_long("template_name", 50), STATIC_LINK_NOT_LINKED, NO_TEMPLATE),
            },
        },
    },
}
