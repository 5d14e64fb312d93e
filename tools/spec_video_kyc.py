"""The contract's Video KYC API: users, cases, access tokens.

In: the tables of `spec_events` and `spec_errors`, the rules of `dastak.web.api`. Out: `PATHS`, for `spec_openapi`.
"""

from http import HTTPStatus
from typing import Any

from tools.spec_errors import (
    BODY,
    DUPLICATE_ID,
    ID_LENGTH,
    NAME_CHARACTERS,
    NO_DATA,
    Refusal,
    invalid,
    missing,
    refused,
    too_long,
)
from tools.spec_events import full_object, nullable, number, text
from tools.spec_forms import _API_VERSION, _answer, _asked, _query

from dastak.journeys.video_kyc.template import DEFAULT_AGENT_TEMPLATE, DEFAULT_USER_TEMPLATE
from dastak.web.api.aadhaar_details import (
    ADDRESSES,
    NEEDED_PARTS,
    OTHER_PARTS,
    PINCODE,
    URL_LIMIT,
    WORDS_LIMIT,
)
from dastak.web.api.security_questions import LIMIT as QUESTION_LIMIT
from dastak.web.api.security_questions import MOST as MOST_QUESTIONS
from dastak.web.api.vkyc import APP_ID_LIMIT, IDENTIFIER_TYPES, PRODUCTS
from dastak.web.api.vkyc_user import ADDRESS_LIMIT, NAME_LIMIT
from dastak_sdk import SUB_STATUSES, VideoKycStatus

Schema = dict[str, Any]

TAG = "Video KYC"
_ID = r"^[A-Za-z0-9._-]+$"
_DIGITS: Schema = {"type": "string", "pattern": "^[0-9]{1,18}$"}

USER_FIELDS: Schema = {
    "user_reference_id": number("The server's number of the user."),
    "user_id": text("As given, or made by the server.", maxLength=50, pattern=_ID),
    "phone": text("As given; it never changes.", pattern=r"^\+?[0-9]{8,13}$"),
    "email": nullable("As given."),
    "name": nullable("As given."),
    "address": nullable("As given."),
}
_USER = full_object(USER_FIELDS, "Somebody for whom Video KYCs are made.")
_USER_EXAMPLE: Schema = {
    "user_reference_id": 10259,
    "user_id": "test11",
    "phone": "9988776655",
    "email": "asha@example.com",
    "name": "Asha Gupta",
    "address": "12, MG Road, Pune",
}
_EDITABLE: Schema = {
    "email": text("Where mail is sent.", maxLength=254),
    "name": text("Words on one line.", maxLength=NAME_LIMIT),
    "address": text("In words.", maxLength=ADDRESS_LIMIT),
}
_NUMBER_OR_DIGITS: Schema = {"anyOf": [{"type": "integer", "minimum": 1}, _DIGITS]}
_WHOSE: Schema = {
    "user_reference_id": {**_NUMBER_OR_DIGITS, "description": "The server's number of the user."},
    "user_id": text("The user's id. One of the two is needed; with both, they must mean the same user."),
}
_NEW_USER = full_object(
    {
        "phone": text("The user's phone.", pattern=r"^\+?[0-9]{8,13}$", examples=["9988776655"]),
        "user_id": text("Your own id of the user; made by the server when absent.", maxLength=50, pattern=_ID),
        **_EDITABLE,
    },
    "The user you want.",
    optional=("user_id", *_EDITABLE),
)
_USER_PATCH: Schema = {
    "type": "object",
    "description": "Which user, and what is to change; what is absent, null or empty stays.",
    "properties": {**_WHOSE, **_EDITABLE},
}

_PART = text("As it stands in the Aadhaar; may be empty.", maxLength=WORDS_LIMIT)
_PINCODE: Schema = {"anyOf": [{"type": "integer", "minimum": 100_000, "maximum": 999_999}, _DIGITS]}
_ADDRESS = full_object(
    {name: _PINCODE if name == PINCODE else _PART for name in (*NEEDED_PARTS, *OTHER_PARTS)},
    "The address.",
    optional=OTHER_PARTS,
)
_AADHAAR = full_object(
    {
        "last_verified_at": text("When you verified it.", examples=["2025-05-06 15:04:05"]),
        "care_of": _PART,
        "dob": text("DD-MM-YYYY", pattern=r"^[0-9]{2}-[0-9]{2}-[0-9]{4}$"),
        "gender": {"enum": ["M", "F", "O"]},
        "name": text("The holder's name.", maxLength=WORDS_LIMIT),
        "photo_link": text("Where you keep the photo.", format="uri", maxLength=URL_LIMIT),
        **dict.fromkeys(ADDRESSES, _ADDRESS),
    },
    "With it the customer has two steps instead of three. Other fields are not kept: an Aadhaar number never is.",
    optional=ADDRESSES,
)
_AADHAAR_EXAMPLE: Schema = {
    "last_verified_at": "2025-05-06 15:04:05",
    "care_of": "S/O Ravi Gupta",
    "dob": "02-02-1995",
    "gender": "F",
    "name": "Asha Gupta",
    "photo_link": "https://bank.example/photos/test11.jpg",
    "split_address": {
        "country": "India",
        "dist": "Pune",
        "house": "12",
        "pincode": 411001,
        "state": "Maharashtra",
        "street": "MG Road",
    },
}
_QUESTION = full_object(
    {
        "order": number("1, 2, 3 and so on, each once."),
        "question": text("What the agent asks.", maxLength=QUESTION_LIMIT),
        "answer": text("What the customer should say; may be empty.", maxLength=QUESTION_LIMIT),
    },
    "A question for the call.",
    optional=("answer",),
)
_QUESTIONS: Schema = {
    "type": "array",
    "items": _QUESTION,
    "maxItems": MOST_QUESTIONS,
    "description": "What the agent asks. Without them, the agent template's own are drawn.",
}
_QUESTIONS_EXAMPLE = [{"order": 1, "question": "Where were you born?", "answer": "Pune"}]
USER_TEMPLATE = text(
    "What the customer goes through: a template that this deployment has. Without it, the example.",
    examples=[DEFAULT_USER_TEMPLATE],
)
AGENT_TEMPLATE = text("What the agent goes through, likewise.", examples=[DEFAULT_AGENT_TEMPLATE])
_NEW_CASE = full_object(
    {
        "verification_id": text("Your own id of this Video KYC; unique.", maxLength=50, pattern=_ID),
        "user_template": USER_TEMPLATE,
        "agent_template": AGENT_TEMPLATE,
        **_WHOSE,
        "notification_types": {
            "type": "array",
            "items": {"enum": ["sms", "email", "whatsapp"]},
            "description": "How to send the link to the customer. Without it, hand the link over yourself.",
        },
        "aadhaar_details": _AADHAAR,
        "security_questions": {"anyOf": [_QUESTIONS, _QUESTION]},
    },
    "The Video KYC you want.",
    optional=(
        *("user_template", "agent_template", *_WHOSE),
        *("notification_types", "aadhaar_details", "security_questions"),
    ),
)
_NEW_CASE_EXAMPLE: Schema = {
    "verification_id": "test333",
    "user_template": "vkyc_user_template_v1",
    "agent_template": "vkyc_agent_template_v1",
    "user_id": "test11",
    "notification_types": ["sms", "whatsapp"],
    "aadhaar_details": _AADHAAR_EXAMPLE,
    "security_questions": _QUESTIONS_EXAMPLE,
}

_MADE_FIELDS: Schema = {
    "verification_id": text("As given."),
    "reference_id": number("The server's number of the Video KYC."),
    "status": {"enum": [each.value for each in VideoKycStatus], "description": "Where it stands."},
    "sub_status": text(
        "Where it stands, precisely; treat one that you do not know as opaque.", examples=[*SUB_STATUSES]
    ),
    "vkyc_link": text("What the customer opens.", format="uri"),
    "link_expiry": text("The last day, in India, of the link.", examples=["2025-06-21T00:00:00.000Z"]),
    "user_reference_id": number("The server's number of the user."),
    "user_id": text("The user's id."),
}
STANDING_FIELDS: Schema = {
    **_MADE_FIELDS,
    "recording_link": nullable("A fresh link to the recording, good for some days; null until the call is completed."),
    "meeting_schedule": nullable("The booked slot's beginning, UTC; null when nothing is booked."),
    "auditor_remarks": nullable("null until reviewed."),
    "agent_remarks": nullable("null until the call is completed."),
}
_MADE_EXAMPLE: Schema = {
    "verification_id": "test333",
    "reference_id": 10449,
    "status": "RECEIVED",
    "sub_status": "LINK_GENERATED",
    "vkyc_link": "https://kyc.example/verification/c8k926bpt84g",
    "link_expiry": "2025-06-21T00:00:00.000Z",
    "user_reference_id": 10259,
    "user_id": "test11",
}
STANDING_EXAMPLE: Schema = {
    **_MADE_EXAMPLE,
    "status": "AUDITOR_REVIEWED",
    "sub_status": "AUDITOR_APPROVED",
    "recording_link": "https://kyc.example/recordings/AAAAAGg",
    "meeting_schedule": None,
    "auditor_remarks": "Looks Good",
    "agent_remarks": "Good to go",
}

_TOKEN_REQUEST = full_object(
    {
        "app_id": text("Asked for as the contract does; any text.", maxLength=APP_ID_LIMIT),
        "product": {"enum": list(PRODUCTS)},
        "metadata": full_object(
            {"vkyc_request_id": {**_NUMBER_OR_DIGITS, "description": "The `reference_id` of the Video KYC."}},
            "Which Video KYC.",
        ),
        "authenticated_user": full_object(
            {
                "identifier_type": {"enum": list(IDENTIFIER_TYPES)},
                "identifier_value": {"type": ["string", "integer"], "description": "The user's phone or id."},
            },
            "Whom your app has let in.",
        ),
    },
    "Whom the token is for.",
)
_TOKEN_EXAMPLE: Schema = {
    "app_id": "app-1",
    "product": "VKYC",
    "metadata": {"vkyc_request_id": 10449},
    "authenticated_user": {"identifier_type": "userId", "identifier_value": "test11"},
}
_TOKEN = full_object(
    {
        "access_token": text("Opens this Video KYC, and nothing else, without a code by SMS."),
        "expiry": text("When it ends, in Indian time.", format="date-time"),
        "expires_at": text("The same instant.", format="date-time"),
    },
    "The token.",
)

_CHARACTERS = invalid("user_id", f"{NAME_CHARACTERS} in user_id.")
NO_USER = Refusal(HTTPStatus.NOT_FOUND, "not_found_error", "Resource not found", "There is no such user.")
CASE_CLOSED = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "case_closed",
    "This Video KYC is over, or its link has expired; make another one.",
)
CHANGED_MEANWHILE = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "changed_meanwhile",
    "Others change this at the same moment; nothing was done. Try again.",
)
_DUPLICATE_USER = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "user_id_already_exists",
    "A user_id is one user's; this one exists already.",
)
_WHICH_USER = (
    _CHARACTERS,
    too_long("user_id", 50),
    invalid("user_reference_id", "user_reference_id must be a whole number."),
)
_NEITHER_USER = Refusal(
    HTTPStatus.BAD_REQUEST,
    "validation_error",
    "invalid_request",
    "Give user_id or user_reference_id to say which user you mean.",
)
TOO_LARGE = BODY[1]
"""Of what every body may be refused for; the other has the code of a request that names nobody."""
_NEITHER_CASE = Refusal(
    HTTPStatus.BAD_REQUEST,
    "validation_error",
    "invalid_request",
    "Give verification_id or reference_id to say which Video KYC you mean.",
)
_BAD_EDIT = (
    invalid("email", "email is not an e-mail address."),
    too_long("email", 254),
    invalid("name", "name must be words on one line."),
    too_long("name", NAME_LIMIT),
    invalid("address", "address must be words, without control characters."),
    too_long("address", ADDRESS_LIMIT),
)
_BAD_ID = (invalid("verification_id", f"{NAME_CHARACTERS} in verification_id."), ID_LENGTH)


def _bad_text(field: str, limit: int, rule: str) -> tuple[Refusal, Refusal]:
    return invalid(field, f"Invalid {field}: {rule}"), too_long(field, limit)


def _bad_aadhaar() -> tuple[Refusal, ...]:
    whole = "aadhaar_details"
    simple = {
        "last_verified_at": (19, "it must be a time such as 2025-05-06 15:04:05."),
        "care_of": (WORDS_LIMIT, "it must be words on one line."),
        "dob": (10, "it must be a date such as 02-02-1995 (DD-MM-YYYY)."),
        "gender": (1, "it must be M, F or O."),
        "name": (WORDS_LIMIT, "it must be words on one line."),
        "photo_link": (URL_LIMIT, "it must be the URL of a picture, https://…"),
    }
    found = [invalid(whole, "it must be an object.")]
    for name, (limit, rule) in simple.items():
        found += [missing(f"{whole}.{name}"), *_bad_text(f"{whole}.{name}", limit, rule)]
    for address in (f"{whole}.{name}" for name in ADDRESSES):
        found.append(invalid(address, "it must be an object."))
        found += [missing(f"{address}.{name}") for name in NEEDED_PARTS]
        for name in (*NEEDED_PARTS, *OTHER_PARTS):
            found.append(invalid(f"{address}.{name}", "it must be words on one line; a pincode is six digits."))
            found += [too_long(f"{address}.{name}", WORDS_LIMIT)] if name != PINCODE else []
    return tuple(found)


def _operation(operation_id: str, summary: str, answers: Schema, *refusals: Refusal, **more: Any) -> Schema:
    return {
        "operationId": operation_id,
        "tags": [TAG],
        "summary": summary,
        **more,
        "responses": {**answers, **refused(*refusals)},
    }


PATHS: dict[str, Schema] = {
    "/verification/user": {
        "parameters": [_API_VERSION],
        "post": _operation(
            "createVideoKycUser",
            "Make a user, for whom Video KYCs are made",
            _answer("The user.", _USER, _USER_EXAMPLE),
            missing("phone"),
            invalid("phone", "phone has 8 to 13 digits, with or without '+' before them."),
            too_long("phone", 14),
            _CHARACTERS,
            too_long("user_id", 50),
            *_BAD_EDIT,
            *BODY,
            _DUPLICATE_USER,
            requestBody=_asked(_NEW_USER, {name: _USER_EXAMPLE[name] for name in list(_USER_EXAMPLE)[1:]}),
        ),
        "get": _operation(
            "getVideoKycUser",
            "Read a user",
            _answer("The user.", _USER, _USER_EXAMPLE),
            _NEITHER_USER,
            *_WHICH_USER,
            NO_USER,
            description="Give either id; with both, they must mean the same user.",
            parameters=[
                _query("user_reference_id", "The server's number of the user.", {"type": "integer"}),
                _query("user_id", "The user's id.", {"type": "string"}),
            ],
        ),
        "patch": _operation(
            "changeVideoKycUser",
            "Change a user's e-mail, name or address",
            _answer("The user as they are now.", _USER, _USER_EXAMPLE),
            _NEITHER_USER,
            *_WHICH_USER,
            *_BAD_EDIT,
            invalid("phone", "it cannot change; make another user."),
            TOO_LARGE,
            NO_USER,
            CHANGED_MEANWHILE,
            requestBody=_asked(_USER_PATCH, {"user_id": "test11", "email": "asha@example.com"}),
        ),
    },
    "/verification/vkyc": {
        "parameters": [_API_VERSION],
        "post": _operation(
            "createVideoKyc",
            "Make a Video KYC",
            _answer(
                "The Video KYC.",
                full_object(
                    {
                        **_MADE_FIELDS,
                        "aadhaar_details": {
                            "oneOf": [_AADHAAR, {"type": "null"}],
                            "description": "As given; null: none were.",
                        },
                        "security_questions": {
                            "oneOf": [_QUESTIONS, {"type": "null"}],
                            "description": "As given; null: none were.",
                        },
                    },
                    "The Video KYC as it was made.",
                ),
                {
                    **_MADE_EXAMPLE,
                    "aadhaar_details": _AADHAAR_EXAMPLE,
                    "security_questions": _QUESTIONS_EXAMPLE,
                },
            ),
            missing("verification_id"),
            *_BAD_ID,
            invalid("user_template", "user_template must be a template that exists."),
            invalid("agent_template", "agent_template must be a template that exists."),
            _NEITHER_USER,
            *_WHICH_USER,
            invalid(
                "notification_types", "it must be a list of: sms, email, whatsapp; email needs the user's address."
            ),
            *_bad_aadhaar(),
            invalid("security_questions", "it must be a list of order, question and answer."),
            TOO_LARGE,
            NO_USER,
            DUPLICATE_ID,
            requestBody=_asked(_NEW_CASE, _NEW_CASE_EXAMPLE),
        ),
        "get": _operation(
            "getVideoKyc",
            "See where a Video KYC stands",
            _answer("The Video KYC.", full_object(STANDING_FIELDS, "As it stands now."), STANDING_EXAMPLE),
            _NEITHER_CASE,
            *_BAD_ID,
            invalid("reference_id", "reference_id must be a whole number."),
            NO_DATA,
            description="Give either id; with both, they must mean the same Video KYC.",
            parameters=[
                _query("verification_id", "Your own id.", {"type": "string"}),
                _query("reference_id", "The server's number.", {"type": "integer"}),
            ],
        ),
    },
    "/verification/oauth/token": {
        "parameters": [_API_VERSION],
        "post": _operation(
            "createAccessToken",
            "Get a token that opens a Video KYC in an app, without a code by SMS",
            _answer(
                "The token.",
                _TOKEN,
                {
                    "access_token": "AAAAAGgZ",
                    "expiry": "2025-05-05T18:01:05+05:30",
                    "expires_at": "2025-05-05T18:01:05+05:30",
                },
            ),
            missing("app_id"),
            *_bad_text("app_id", APP_ID_LIMIT, "it must be words on one line."),
            missing("product"),
            invalid("product", "it must be one of: VKYC."),
            invalid("metadata", "it must be an object."),
            missing("metadata.vkyc_request_id"),
            invalid("metadata.vkyc_request_id", "it must be a whole number."),
            invalid("authenticated_user", "it must be an object."),
            missing("authenticated_user.identifier_type"),
            invalid("authenticated_user.identifier_type", "it must be one of: mobile, userId."),
            missing("authenticated_user.identifier_value"),
            *_bad_text("authenticated_user.identifier_value", 50, "it must be words on one line."),
            *BODY,
            NO_DATA,
            CASE_CLOSED,
            requestBody=_asked(_TOKEN_REQUEST, _TOKEN_EXAMPLE),
        ),
    },
}
