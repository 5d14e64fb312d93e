"""A Video KYC as the management API shows it: what is known of the case, with no secret and no more of people than due.

In: a case. Out: JSON values. Of the phone and of the Aadhaar there are the last digits only, of pictures and recordings
no more than what proves them: where the storage keeps them, the customer's codes and the expected answers stay inside.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dastak.journeys.video_kyc.agenda import OpenSlot
from dastak.journeys.video_kyc.call import CallSession
from dastak.journeys.video_kyc.checks import AadhaarStep, Location, Prechecks
from dastak.journeys.video_kyc.interview import Decision, Liveness, Recording, SecurityQuestion, Still
from dastak.journeys.video_kyc.move import payload
from dastak.journeys.video_kyc.video_kyc import TimelineEntry, VideoKyc
from dastak.journeys.words import mask_phone

AADHAAR_DIGITS = 4


def row_json(case: VideoKyc, recording_link: str | None) -> dict[str, Any]:
    """A case in a list: what its events have, but for a fresh link; whose it is, and when."""
    return {
        **payload(case).to_json(),
        "recording_link": recording_link,
        "journey_id": case.id,
        "name": case.name,
        "phone": mask_phone(case.phone),
        "user_template": case.user_template,
        "agent_template": case.agent_template,
        "created_at": case.created_at.isoformat(),
        "expires_at": case.expires_at.isoformat(),
    }


def case_json(case: VideoKyc, recording_link: str | None) -> dict[str, Any]:
    """A case with its whole story."""
    return {
        **row_json(case, recording_link),
        "notification_types": list(case.notification_types),
        "consented_at": _iso(case.consented_at),
        "details": dict(case.details),
        "aadhaar": _aadhaar(case.aadhaar),
        "prechecks": _prechecks(case.prechecks),
        "schedule": None
        if case.schedule is None
        else {"at": case.schedule.at.isoformat(), "reminded_at": _iso(case.schedule.reminded_at)},
        "queue": None
        if case.queue is None
        else {"priority": case.queue.priority.name.lower(), "since": case.queue.since.isoformat()},
        "calls": [_call(call) for call in case.calls],
        "questions": [_question(question) for question in case.questions],
        "liveness": None if case.liveness is None else _liveness(case.liveness),
        "stills": [_still(still) for still in case.stills],
        "agent_notes": case.notes,
        "agent": _decision(case.agent),
        "auditor": _decision(case.auditor),
        "recording": None if case.recording is None else _recording(case.recording),
        "timeline": [_entry(entry) for entry in case.timeline],
    }


def slot_json(slot: OpenSlot) -> dict[str, Any]:
    """A slot that can be booked."""
    return {"at": slot.at.isoformat(), "places_left": slot.places_left}


def _aadhaar(step: AadhaarStep) -> dict[str, Any]:
    return {
        "given": step.is_given,
        "done_at": _iso(step.done_at),
        "failed_tries": step.tries,
        "last4": step.kept.get("aadhaar_number", "")[-AADHAAR_DIGITS:] or None,
    }


def _prechecks(found: Prechecks) -> dict[str, Any]:
    ip, place, device = found.ip, found.location, found.device
    return {
        "ip": None if ip is None else {"address": ip.address, "country": ip.country, "passed_at": ip.at.isoformat()},
        "location": None if place is None else {**_place(place), "passed_at": place.at.isoformat()},
        "outside_india": None
        if found.abroad is None
        else {**_place(found.abroad), "said_at": found.abroad.at.isoformat()},
        "device": None
        if device is None
        else {
            "round_trip_ms": device.round_trip_ms,
            "kbit_per_second": device.kbit_per_second,
            "passed_at": device.at.isoformat(),
        },
    }


def _place(place: Location) -> dict[str, Any]:
    return {"latitude": place.latitude, "longitude": place.longitude, "accuracy_metres": place.accuracy_metres}


def _call(call: CallSession) -> dict[str, Any]:
    return {
        "id": call.id,
        "agent_id": call.agent_id,
        "accepted_at": call.accepted_at.isoformat(),
        "agent_joined_at": _iso(call.agent_joined_at),
        "customer_joined_at": _iso(call.customer_joined_at),
        "started_at": _iso(call.started_at),
        "ended_at": _iso(call.ended_at),
        "end": None if call.end is None else call.end.value,
        "recorded": call.recording is not None,
    }


def _question(question: SecurityQuestion) -> dict[str, Any]:
    return {
        "order": question.order,
        "question": question.question,
        "passed": question.passed,
        "judged_at": _iso(question.judged_at),
    }


def _liveness(liveness: Liveness) -> dict[str, Any]:
    return {
        "challenges": list(liveness.challenges),
        "done": _by_name(liveness.done),
        "passed": liveness.is_passed,
        "made_at": liveness.made_at.isoformat(),
    }


def _still(still: Still) -> dict[str, Any]:
    return {
        "id": still.id,
        "kind": still.kind.value,
        "call_id": still.call_id,
        "taken_at": still.taken_at.isoformat(),
        "sha256": still.sha256,
    }


def _recording(recording: Recording) -> dict[str, Any]:
    return {
        "call_id": recording.call_id,
        "ready_at": _iso(recording.ready_at),
        "sha256": recording.sha256 or None,
    }


def _decision(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {
        "operator_id": decision.operator_id,
        "approved": decision.approved,
        "reason": decision.reason,
        "remarks": decision.remarks,
        "at": decision.at.isoformat(),
    }


def _entry(entry: TimelineEntry) -> dict[str, Any]:
    return {"at": entry.at.isoformat(), "what": entry.what, "sub_status": entry.sub_status, "by": entry.by}


def _by_name(done: Mapping[str, bool]) -> dict[str, bool]:
    return dict(sorted(done.items()))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
