"""Values of the rooms as sealed bytes, and back: the same for every database.

In: a link, an endpoint, an attempt's exchange. Out: JSON bytes for the vault. Unknown keys are ignored on reading, so
that an older process can read what a newer one wrote during an upgrade.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from dastak.accounts.idempotency import KeptAnswer
from dastak.journeys.facts import AadhaarSession
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.phone_otp import PhoneOtp
from dastak.store.newest import Row
from dastak.webhooks.endpoint import Endpoint, EndpointSecret, EndpointState, LanePolicy
from dastak.webhooks.retry import RetryPolicy
from dastak_sdk import CheckStatus, CheckType, FormStatus

Headers = tuple[tuple[str, str], ...]


def dump(value: Any, plain: Callable[[Any], Any] | None = None) -> bytes:
    """Compact JSON; `plain` makes something that JSON knows of what it does not."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=plain)
    return text.encode("utf-8", "surrogatepass")


def link_state(link: KycLink) -> bytes:
    """Everything of a link, but for what its row's own columns say."""
    return dump(
        {
            "code": link.code,
            "name": link.name,
            "phone": link.phone,
            "email": link.email,
            "template_name": link.template_name,
            "link_expiry": link.link_expiry.isoformat(),
            "form_link": link.form_link,
            "max_tries": link.max_tries,
            "sequence": link.sequence,
            "checks": [_check_value(check) for check in link.checks],
            "otp": _otp_value(link.otp) if link.otp else None,
            "invited_at": link.invited_at.isoformat() if link.invited_at else None,
            "made_by": link.made_by,
            "trace": link.trace,
        }
    )


def link_from(row: Row, state: bytes, expires_at: datetime, created_at: datetime) -> KycLink:
    """The link of a row (merchant_id, id, verification_id, reference_id, status, version) and its opened state."""
    value = json.loads(state)
    return KycLink(
        merchant_id=row["merchant_id"],
        id=row["id"],
        code=value["code"],
        verification_id=row["verification_id"],
        reference_id=row["reference_id"],
        name=value["name"],
        phone=value["phone"],
        email=value["email"],
        template_name=value["template_name"],
        checks=tuple(_check_from(check) for check in value["checks"]),
        form_status=FormStatus(row["status"]),
        link_expiry=date.fromisoformat(value["link_expiry"]),
        expires_at=expires_at,
        created_at=created_at,
        form_link=value["form_link"],
        max_tries=value["max_tries"],
        otp=_otp_from(value["otp"]) if value["otp"] else None,
        sequence=value["sequence"],
        invited_at=datetime.fromisoformat(value["invited_at"]) if value.get("invited_at") else None,
        version=row["version"],
        made_by=value.get("made_by", ""),
        trace=value.get("trace", ""),
    )


def endpoint_settings(endpoint: Endpoint) -> bytes:
    """Everything of an endpoint, but for what its row's own columns say."""
    return dump(
        {
            "url": endpoint.url,
            "description": endpoint.description,
            "event_types": endpoint.event_types,
            "retry": {
                "preset": endpoint.retry.preset,
                "intervals_seconds": [interval.total_seconds() for interval in endpoint.retry.intervals],
            },
            "lane_policy": endpoint.lane_policy.value,
            "window": endpoint.window,
            "rate_per_second": endpoint.rate_per_second,
            "secrets": [
                {
                    "secret": secret.secret,
                    "created_at": secret.created_at.isoformat(),
                    "expires_at": secret.expires_at.isoformat() if secret.expires_at else None,
                }
                for secret in endpoint.secrets
            ],
            "disabled_reason": endpoint.disabled_reason,
        }
    )


def endpoint_from(row: Mapping[str, Any], settings: bytes, created_at: datetime, updated_at: datetime) -> Endpoint:
    """The endpoint of a row (merchant_id, id, state) and its opened settings."""
    value = json.loads(settings)
    intervals = tuple(timedelta(seconds=seconds) for seconds in value["retry"]["intervals_seconds"])
    return Endpoint(
        id=row["id"],
        merchant_id=row["merchant_id"],
        url=value["url"],
        description=value["description"],
        event_types=tuple(value["event_types"]),
        retry=RetryPolicy(value["retry"]["preset"], intervals),
        lane_policy=LanePolicy(value["lane_policy"]),
        window=value["window"],
        secrets=tuple(
            EndpointSecret(
                secret["secret"],
                datetime.fromisoformat(secret["created_at"]),
                datetime.fromisoformat(secret["expires_at"]) if secret["expires_at"] else None,
            )
            for secret in value["secrets"]
        ),
        state=EndpointState(row["state"]),
        disabled_reason=value["disabled_reason"],
        created_at=created_at,
        updated_at=updated_at,
        rate_per_second=value.get("rate_per_second"),
    )


def contacts_value(contacts: tuple[str, ...]) -> bytes:
    """A merchant's contacts."""
    return dump({"emails": contacts})


def contacts_from(opened: bytes) -> tuple[str, ...]:
    """The contacts again."""
    return tuple(json.loads(opened)["emails"])


def unreadable_endpoint(row: Mapping[str, Any], created_at: datetime, updated_at: datetime) -> Endpoint:
    """What stands in for an endpoint whose settings do not open."""
    return Endpoint(
        id=row["id"],
        merchant_id=row["merchant_id"],
        url="",
        description="",
        event_types=(),
        retry=RetryPolicy("custom", ()),
        lane_policy=LanePolicy.RELAXED,
        window=1,
        secrets=(),
        state=EndpointState.DELETED if row["state"] == EndpointState.DELETED.value else EndpointState.DISABLED,
        disabled_reason="unreadable",
        created_at=created_at,
        updated_at=updated_at,
    )


def exchange(request_headers: Headers, answer_headers: Headers, answer_body: bytes) -> bytes:
    """Both sides of an attempt, without the request's body, which is the event's."""
    value = {
        "request": request_headers,
        "answer": answer_headers,
        "body": base64.b64encode(answer_body).decode() if answer_body else "",
    }
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # half a surrogate pair, which only `dump` lets pass
        return dump(value)


def exchange_from(opened: bytes) -> tuple[Headers, Headers, bytes]:
    """Request headers, answer headers, answer body."""
    value = json.loads(opened)
    return _headers(value["request"]), _headers(value["answer"]), base64.b64decode(value["body"])


def kept_answer(answer: KeptAnswer) -> bytes:
    """What the API answered to a write that came with a key."""
    body = base64.b64encode(answer.body).decode()
    return dump({"status": answer.status, "headers": answer.headers, "body": body})


def kept_answer_from(opened: bytes) -> KeptAnswer:
    """The answer again, byte for byte."""
    value = json.loads(opened)
    return KeptAnswer(value["status"], _headers(value["headers"]), base64.b64decode(value["body"]))


def _headers(pairs: list[list[str]]) -> Headers:
    return tuple((name, value) for name, value in pairs)


def _check_value(check: Check) -> dict[str, Any]:
    session = check.aadhaar
    return {
        "type": check.type.value,
        "status": check.status.value,
        "reference_id": check.reference_id,
        "tries": check.tries,
        "reason": check.reason,
        "kept": dict(check.kept),
        "starts": check.starts,
        "aadhaar": {
            "source_ref": session.source_ref,
            "last4": session.last4,
            "started_at": session.started_at.isoformat(),
        }
        if session
        else None,
    }


def _check_from(value: Mapping[str, Any]) -> Check:
    session = value["aadhaar"]
    return Check(
        type=CheckType(value["type"]),
        status=CheckStatus(value["status"]),
        reference_id=value["reference_id"],
        tries=value["tries"],
        reason=value["reason"],
        kept=value["kept"],
        starts=value["starts"],
        aadhaar=AadhaarSession(session["source_ref"], session["last4"], datetime.fromisoformat(session["started_at"]))
        if session
        else None,
    )


def _otp_value(otp: PhoneOtp) -> dict[str, Any]:
    return {
        "digest": otp.digest,
        "sent_at": otp.sent_at.isoformat(),
        "expires_at": otp.expires_at.isoformat(),
        "wrong": otp.wrong,
        "recent_sends": [at.isoformat() for at in otp.recent_sends],
        "sends": otp.sends,
        "used": otp.used,
    }


def _otp_from(value: Mapping[str, Any]) -> PhoneOtp:
    return PhoneOtp(
        digest=value["digest"],
        sent_at=datetime.fromisoformat(value["sent_at"]),
        expires_at=datetime.fromisoformat(value["expires_at"]),
        wrong=value["wrong"],
        recent_sends=tuple(datetime.fromisoformat(at) for at in value["recent_sends"]),
        sends=value["sends"],
        used=value["used"],
    )
