"""A scenario as a whole journey on a sandbox server: made by the API, gone through by acts, told by its own webhooks.

In: a server, a scenario, a seed, fields for what is made. Out: a `Step` after each call, and the journey's events at
the end. Called by `dastak trigger --server`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any

from dastak.cli.desk.asking import Server
from dastak.cli.desk.made_up import BadOverrideError, Override
from dastak_sdk import CheckType

MOST_EVENTS = 200
TEMPLATE = "rehearsal_pan_bank"
CHECKS = (CheckType.PAN.value, CheckType.BANK.value)
_USER_FIELDS = ("phone", "name", "email", "address", "user_id")
_LINK_FIELDS = ("phone", "template_name", "verification_id", "name", "email", "notification_types", "link_expiry")
_CASE_FIELDS = (
    "verification_id",
    *_USER_FIELDS,
    "user_template",
    "agent_template",
    "notification_types",
    "aadhaar_details",
    "security_questions",
)
_START = ("customer_passes_aadhaar", "customer_queues", "call_starts")
_GOOD = ("agent_approves", "auditor_approves")

ACTS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "kyc-link-happy": ("customer_passes_check", "customer_passes_check"),
        "kyc-link-expired": ("customer_passes_check", "customer_fails_check", "link_expires"),
        "kyc-link-retried": ("customer_fails_check", "customer_passes_check", "customer_passes_check"),
        "video-approved": (*_START, *_GOOD),
        "video-booked": ("customer_passes_aadhaar", "customer_books", "customer_queues", "call_starts", *_GOOD),
        "video-dropoff-then-approve": (*_START, "customer_drops_off", "customer_queues", "call_starts", *_GOOD),
        "video-precheck-failed": (
            "customer_passes_aadhaar",
            "customer_fails_precheck",
            "customer_queues",
            "call_starts",
            *_GOOD,
        ),
        "video-expired": ("customer_passes_aadhaar", "link_expires"),
        "agent-rejects": (*_START, "agent_rejects", "auditor_rejects"),
        "auditor-rejects": (*_START, "agent_approves", "auditor_rejects"),
    }
)
"""Scenario → what people do, in their order; the same names as `scenarios.SCENARIOS`, and the same events."""


@dataclass(frozen=True)
class Step:
    """One call, and where the journey stands after it."""

    act: str
    """`made`, or an act."""
    status: str
    sub_status: str | None = None

    @property
    def values(self) -> dict[str, str | None]:
        """For scripts."""
        return {"act": self.act, "status": self.status, "sub_status": self.sub_status}

    @property
    def told(self) -> str:
        """For the screen."""
        return " ".join(part for part in (self.status, self.sub_status) if part)


def fields_of(scenario: str, overrides: Sequence[Override]) -> dict[str, Any]:
    """What is set in the request that makes the journey. Raises `BadOverrideError`."""
    known = _LINK_FIELDS if _is_link(scenario) else _CASE_FIELDS
    for steps, _ in overrides:
        if steps[:1] != ("data",) or steps[1:] not in {(name,) for name in known}:
            raise BadOverrideError(
                f"{'.'.join(steps)}: a server writes its events itself, so that with --server only what the journey is "
                f"made with can be set: {', '.join(known)}. In events that are sent straight to a URL, any field can."
            )
    return {steps[1]: value for steps, value in overrides}


def named(scenario: str, seed: int | None, fields: Mapping[str, Any]) -> str:
    """The verification_id of the journey: the one that was set, or one that the seed decides."""
    return str(fields.get("verification_id") or f"{scenario}-{Random(seed).getrandbits(40):010x}")


def rehearse(server: Server, scenario: str, name: str, fields: Mapping[str, Any]) -> Iterator[Step]:
    """Make the journey and go through it. Raises `AskError`."""
    given = {**fields, "verification_id": name}
    yield _make_link(server, given) if _is_link(scenario) else _make_case(server, given)
    for act in ACTS[scenario]:
        stands = server.ask("POST", "/api/v1/sandbox/acts", body={"verification_id": name, "act": act})
        yield Step(act, stands["status"], stands["sub_status"])


def events_of(server: Server, verification_id: str) -> list[dict[str, Any]]:
    """The journey's events, in order. Raises `AskError`."""
    return list(server.rows("/api/v1/events", {"verification_id": verification_id}, MOST_EVENTS))


def _is_link(scenario: str) -> bool:
    return scenario.startswith("kyc-link")


def _make_link(server: Server, given: Mapping[str, Any]) -> Step:
    if "template_name" not in given:
        server.ask("PUT", f"/api/v1/templates/{TEMPLATE}", body={"checks": list(CHECKS)})
    wanted = {"phone": "9999999999", "name": "Asha Rao", "email": "asha@example.com", "template_name": TEMPLATE}
    return Step("made", server.ask("POST", "/verification/form", body={**wanted, **given})["form_status"])


def _make_case(server: Server, given: Mapping[str, Any]) -> Step:
    user = {"phone": "9999999999", "name": "Asha Rao", "email": "asha@example.com"}
    user |= {name: given[name] for name in _USER_FIELDS if name in given}
    user.setdefault("user_id", f"user-{given['verification_id']}")
    made = server.ask("POST", "/verification/user", body=user)
    rest = {name: value for name, value in given.items() if name not in _USER_FIELDS}
    case = server.ask("POST", "/verification/vkyc", body={**rest, "user_id": made["user_id"]})
    return Step("made", case["status"], case["sub_status"])
