"""Events that never happened, in the contract's exact form: for trying a handler without a server.

In: a seed, a time, the secret for the legacy signature inside bodies, and overrides. Out: bodies, byte for byte the
same for the same input. Called by `dastak trigger` and `dastak check`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from dastak_sdk import EVENT_TYPES, CheckType, Product, TimeForm, body_signature, encode_event
from dastak_sdk.json_text import encode

_LINK_DAYS = 30
_FORM_STATUSES = {"KYC_LINK_ACTION_PERFORMED": "RECEIVED", "KYC_LINK_SUCCESS": "SUCCESS", "KYC_LINK_EXPIRED": "EXPIRED"}
_DECIDED = frozenset({"VKYC_USER_CALL_COMPLETED", "VKYC_AUDITOR_REVIEW_COMPLETED"})
_BOOKED = frozenset({"VKYC_USER_CALL_SCHEDULED", "VKYC_USER_CALL_QUEUED", "VKYC_USER_CALL_STARTED"})

Override = tuple[tuple[str, ...], Any]


class BadOverrideError(ValueError):
    """An override does not fit; the message says which and why."""


@dataclass(frozen=True)
class MadeUp:
    """One event: what is sent."""

    type: str
    id: str
    body: bytes


@dataclass
class Journey:
    """A customer who does not exist, going through one journey.

    `overrides` are set in every event; `verification_id` and the rest come from the seed.
    """

    random: Random
    time: datetime
    secret: str | None = None
    overrides: Sequence[Override] = ()
    time_form: TimeForm = "iso"
    _facts: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        number = self.random.randrange(10_000, 100_000_000)
        self._facts = {
            "verification_id": f"made-up-{number}",
            "reference_id": number,
            "user_reference_id": number + 1,
            "code": f"{self.random.getrandbits(48):012x}",
            "expiry": (self.time + timedelta(days=_LINK_DAYS)).date().isoformat(),
        }

    def another(self) -> "Journey":
        """Another customer's, from now on."""
        return Journey(self.random, self.time, self.secret, self.overrides, self.time_form)

    def event(self, name: str, /, sub_status: str | None = None, checks: Sequence[str] = (), **changes: Any) -> MadeUp:
        """The next event. `checks` are the statuses of a KYC Link's checks in order; `changes` go into `data`."""
        spec = EVENT_TYPES[name]
        data = self._form(name, checks) if spec.product is Product.KYC_LINK else self._case(name, sub_status)
        data |= changes
        body = overridden(self._written(name, data), self.overrides, self.secret)
        self.time += timedelta(seconds=self.random.randrange(20, 240))
        return MadeUp(name, f"evt_{self.random.getrandbits(80):020x}", body)

    def _written(self, name: str, data: Mapping[str, Any]) -> bytes:
        return encode_event(name, self.time, data, client_secret=self.secret, time_form=self.time_form)

    def _form(self, name: str, checks: Sequence[str]) -> dict[str, Any]:
        default = {"KYC_LINK_SUCCESS": ("SUCCESS",), "KYC_LINK_EXPIRED": ("EXPIRED",)}.get(
            name, ("SUCCESS", "RECEIVED")
        )
        facts = self._facts
        return {
            "name": "Asha Rao",
            "phone": "9999999999",
            "email": "asha@example.com",
            "verification_id": facts["verification_id"],
            "reference_id": facts["reference_id"],
            "link_expiry": facts["expiry"],
            "form_link": f"https://kyc.example/verification/{facts['code']}",
            "form_status": _FORM_STATUSES[name],
            "verification_details": [
                {
                    "reference_id": facts["reference_id"] + 10 + place if status in {"SUCCESS", "FAILED"} else 0,
                    "type": kind.value,
                    "status": status,
                }
                for place, (kind, status) in enumerate(zip(_CHECKS, checks or default, strict=False))
            ],
        }

    def _case(self, name: str, sub_status: str | None) -> dict[str, Any]:
        spec = EVENT_TYPES[name]
        facts = self._facts
        is_reviewed = name == "VKYC_AUDITOR_REVIEW_COMPLETED"
        return {
            "verification_id": facts["verification_id"],
            "reference_id": facts["reference_id"],
            "user_reference_id": facts["user_reference_id"],
            "user_id": f"user-{facts['user_reference_id']}",
            "status": spec.statuses[0],
            "sub_status": sub_status or spec.sub_statuses[0].name,
            "vkyc_link": f"https://kyc.example/verification/{facts['code']}",
            "link_expiry": facts["expiry"],
            "recording_link": f"https://kyc.example/recordings/{facts['code']}" if name in _DECIDED else None,
            "meeting_schedule": self.time.strftime("%Y-%m-%dT14:30:00Z") if name in _BOOKED else None,
            "auditor_remarks": "Looked over." if is_reviewed else None,
            "agent_remarks": "Face and card agree." if name in _DECIDED else None,
        }


_CHECKS = (CheckType.PAN, CheckType.BANK, CheckType.AADHAAR, CheckType.UPI)


def journey(seed: int | None, time: datetime | None, secret: str | None, overrides: Sequence[Override] = ()) -> Journey:
    """A journey that the seed decides; another one each time without."""
    return Journey(Random(seed), (time or datetime.now(UTC)).replace(microsecond=0), secret, overrides)


def read_override(text: str) -> Override:
    """`data.name=Asha`, `data.email=null`, `data.verification_details.0.status=FAILED`; a bare name is one of `data`.

    The value is JSON where it can be read as such, and text otherwise. Raises `BadOverrideError`.
    """
    path, equals, value = text.partition("=")
    steps = tuple(path.strip().split("."))
    if not equals or not all(steps):
        raise BadOverrideError(f"{text!r} is not FIELD=VALUE, such as verification_id=order-1 or data.email=null.")
    if len(steps) == 1 and steps[0] not in {"event_type", "event_time", "version", "signature"}:
        steps = ("data", *steps)
    try:
        return steps, json.loads(value)
    except ValueError:
        return steps, value


def overridden(body: bytes, overrides: Sequence[Override], secret: str | None) -> bytes:
    """The body with those fields set, and the legacy signature renewed unless it was itself set."""
    if not overrides:
        return body
    value = json.loads(body)
    for steps, new in overrides:
        _set(value, steps, new)
    is_signed = "signature" in value and not any(steps == ("signature",) for steps, _ in overrides)
    if is_signed and secret is not None and isinstance(value.get("data"), dict):
        value["signature"] = body_signature(secret, value["data"])
    try:
        return encode(value)
    except ValueError:
        raise BadOverrideError(
            "JSON cannot hold what was set: no NaN, no infinite number, and no text that is not Unicode."
        ) from None


def _set(value: Any, steps: tuple[str, ...], new: Any) -> None:
    *way, last = steps
    try:
        for step in way:
            value = value[int(step)] if isinstance(value, list) else value[step]
        if isinstance(value, list):
            value[int(last)] = new
        else:
            value[last] = new
    except (KeyError, IndexError, ValueError, TypeError):
        raise BadOverrideError(f"There is no {'.'.join(steps)} in this event.") from None
