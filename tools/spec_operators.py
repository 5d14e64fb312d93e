"""The API of operators: agents and auditors of Video KYC.

In: the shapes and words of `spec_management`. Out: `PATHS` and `SCHEMAS`, for `spec_openapi`.
"""

from http import HTTPStatus
from typing import Any

from tools.spec_errors import BODY, Refusal, invalid, missing, too_long
from tools.spec_events import full_object, text
from tools.spec_management import _AT, BASE, _answer, _list_of, _operation, _path_id, _ref, _time, _unknown

from dastak.accounts.availability import MOST_DAYS_OFF, MOST_WINDOWS, WEEKDAYS
from dastak.accounts.operator import MOST_OPERATORS, Role
from dastak.accounts.person import EMAIL_LIMIT, NAME_LIMIT

Schema = dict[str, Any]

OPERATORS = "Operators"

_CLOCK: Schema = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"}
_ROLES = _list_of({"enum": [role.value for role in Role]}, "What they may do; at least one.", minItems=1)
_WINDOWS = _list_of(
    full_object({"weekday": {"enum": list(WEEKDAYS)}, "from": _CLOCK, "to": _CLOCK}, "Part of one weekday."),
    f"When they take calls, week by week; at most {MOST_WINDOWS}.",
)
_DAYS_OFF = _list_of(
    {"type": "string", "format": "date"}, f"Dates on which the week does not count; at most {MOST_DAYS_OFF}."
)
_NAME = text("Whom colleagues see.", maxLength=NAME_LIMIT)
_PRESENCE: Schema = {
    "oneOf": [
        full_object(
            {
                "ready": {"type": "boolean", "description": "Whether a customer may be given to them now."},
                "online_since": _time("When they went online."),
                "last_heard": _time("The last sign of life of their page."),
                "device_checked_at": _time("When their device passed its check.", nullable=True),
            },
            "They are online.",
        ),
        {"type": "null"},
    ],
    "description": "null: not online.",
}

SCHEMAS: dict[str, Schema] = {
    "Operator": full_object(
        {
            "id": text("`opr_…`"),
            "name": _NAME,
            "email": text("Where sign-in codes are sent; it never changes.", format="email", maxLength=EMAIL_LIMIT),
            "roles": _ROLES,
            "active": {"type": "boolean", "description": "false: nobody signs in with this address."},
            "availability": full_object(
                {"time_zone": {"const": "Asia/Kolkata"}, "windows": _WINDOWS, "days_off": _DAYS_OFF},
                "When an agent takes scheduled calls.",
            ),
            "presence": _PRESENCE,
            "sign_in_url": text("Where they sign in.", format="uri"),
            "created_at": _time("When they were made."),
            "updated_at": _time("When anything of this changed last, but for presence."),
        },
        "An agent or an auditor.",
    ),
}
_WEEK: Schema = {"windows": [{"weekday": "mon", "from": "09:30", "to": "18:00"}], "days_off": ["2026-01-26"]}
_EXAMPLE: Schema = {
    "id": "opr_01hzx3v9k2",
    "name": "Meera Nair",
    "email": "meera@bank.example",
    "roles": ["agent"],
    "active": True,
    "availability": {"time_zone": "Asia/Kolkata", **_WEEK},
    "presence": None,
    "sign_in_url": "https://kyc.bank.example/console/sign-in?merchant=mer_01hzx3v9k2",
    "created_at": _AT,
    "updated_at": _AT,
}
_NEW: Schema = {
    "schema": {
        "type": "object",
        "description": "The operator you want.",
        "properties": {"name": _NAME, "email": SCHEMAS["Operator"]["properties"]["email"], "roles": _ROLES},
        "required": ["name", "email", "roles"],
        "additionalProperties": False,
    },
    "example": {"name": "Meera Nair", "email": "meera@bank.example", "roles": ["agent"]},
}
_CHANGE: Schema = {
    "schema": {
        "type": "object",
        "description": "What is to change.",
        "properties": {"name": _NAME, "roles": _ROLES},
        "additionalProperties": False,
    },
    "example": {"roles": ["agent", "auditor"]},
}
_AVAILABILITY: Schema = {
    "schema": {
        "type": "object",
        "description": "The whole week and all days off, in place of those before.",
        "properties": {"windows": _WINDOWS, "days_off": _DAYS_OFF},
        "additionalProperties": False,
    },
    "example": _WEEK,
}

_NO_OPERATOR = _unknown("There is no such operator.")
_UNKNOWN_FIELD = Refusal(
    HTTPStatus.BAD_REQUEST, "validation_error", "unknown_field", "The body may have: name, email, roles."
)
_EMAIL_TAKEN = Refusal(
    HTTPStatus.CONFLICT,
    "validation_error",
    "operator_email_taken",
    "Another operator of yours has this address; one who was deactivated can be activated again.",
)
_TOO_MANY = Refusal(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "validation_error",
    "too_many_operators",
    f"A merchant can have {MOST_OPERATORS} operators, those who were deactivated too.",
)
_BAD_NAME = (invalid("name", "name must be words on one line."), too_long("name", NAME_LIMIT))
_BAD_ROLES = invalid("roles", "roles must name at least one of: agent, auditor.")


def _operator_answer(status: int, description: str) -> Schema:
    return _answer(status, description, _ref("Operator"), _EXAMPLE)


def _act(operation_id: str, summary: str) -> Schema:
    return {
        "parameters": [_path_id("operator_id", "`opr_…`")],
        "post": _operation(
            operation_id, OPERATORS, summary, _operator_answer(200, "The operator as they are now."), _NO_OPERATOR
        ),
    }


PATHS: dict[str, Schema] = {
    f"{BASE}/operators": {
        "post": _operation(
            "createOperator",
            OPERATORS,
            "Make an operator, who can sign in at once",
            _operator_answer(201, "The operator."),
            missing("name"),
            missing("email"),
            missing("roles"),
            *_BAD_NAME,
            invalid("email", "email must be a plain address."),
            too_long("email", EMAIL_LIMIT),
            _BAD_ROLES,
            _UNKNOWN_FIELD,
            _EMAIL_TAKEN,
            _TOO_MANY,
            *BODY,
            body=_NEW,
        ),
        "get": _operation(
            "listOperators",
            OPERATORS,
            "List your operators, oldest first",
            _answer(
                200,
                "All of them.",
                full_object({"data": _list_of(_ref("Operator"), "Oldest first.")}, "All of them."),
                {"data": [_EXAMPLE]},
            ),
        ),
    },
    f"{BASE}/operators/{{operator_id}}": {
        "parameters": [_path_id("operator_id", "`opr_…`")],
        "get": _operation("getOperator", OPERATORS, "Read one", _operator_answer(200, "The operator."), _NO_OPERATOR),
        "patch": _operation(
            "changeOperator",
            OPERATORS,
            "Change name or roles",
            _operator_answer(200, "The operator as they are now."),
            *_BAD_NAME,
            _BAD_ROLES,
            _UNKNOWN_FIELD,
            _NO_OPERATOR,
            *BODY,
            body=_CHANGE,
        ),
    },
    f"{BASE}/operators/{{operator_id}}/activate": _act("activateOperator", "Let one in again; twice is harmless"),
    f"{BASE}/operators/{{operator_id}}/deactivate": _act(
        "deactivateOperator", "Sign one out everywhere and let them in no more; twice is harmless"
    ),
    f"{BASE}/operators/{{operator_id}}/availability": {
        "parameters": [_path_id("operator_id", "`opr_…`")],
        "put": _operation(
            "setOperatorAvailability",
            OPERATORS,
            "Replace weekly windows and days off",
            _operator_answer(200, "The operator as they are now."),
            invalid("windows", "windows must be a list of weekday, from and to."),
            invalid("days_off", "days_off must be a list of dates."),
            _UNKNOWN_FIELD,
            _NO_OPERATOR,
            *BODY,
            body=_AVAILABILITY,
        ),
    },
}
