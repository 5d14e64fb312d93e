"""What happened in a Video KYC, and who did it, in plain words. Pure.

In: values of a timeline. Out: text. The auditor's pages and the dashboard tell it alike.
"""

from collections.abc import Mapping

HAPPENED: Mapping[str, str] = {
    "link_generated": "The link was made",
    "notification_resent": "The invitation was sent again",
    "consented": "Agreed to the terms",
    "detailed": "Gave their details",
    "aadhaar_started": "Asked for an Aadhaar code",
    "aadhaar_abandoned": "Went back to another Aadhaar number",
    "aadhaar_passed": "Aadhaar was confirmed",
    "aadhaar_failed": "Aadhaar was not confirmed",
    "precheck_passed": "A check before the call was passed",
    "precheck_failed": "A check before the call failed",
    "outside_india": "The device said that it is outside India",
    "back_in_india": "The device said that it is in India again",
    "booked": "A slot was booked",
    "unbooked": "The slot was given back",
    "queued": "Joined the queue",
    "left_queue": "Left the queue",
    "accepted": "Took the customer",
    "joined": "Came into the call",
    "away": "Lost the connection",
    "left_call": "Left the call",
    "released": "Gave the customer back to the queue",
    "question_judged": "Judged a question",
    "liveness_made": "Drew the code and the challenges",
    "liveness_judged": "Judged a part of the liveness test",
    "still_taken": "Took a picture",
    "noted": "Wrote notes",
    "agent_decided": "Decided, as the agent",
    "auditor_decided": "Decided, as the auditor",
    "recorded": "A recording began",
    "composed": "The recording was put together",
    "examined": "A finding, or a larger photo, was added to a picture",
    "cancelled": "The case was cancelled",
    "expired": "The link ended",
    "review_overdue": "Nobody reviewed the case in time",
    "aadhaar_expired": "The Aadhaar code ran out",
    "reminder": "A reminder was sent",
    "no_show": "Nobody came to the slot",
    "no_agent": "No agent was free for too long",
    "customer_absent": "The customer did not come into the call",
    "agent_absent": "The agent did not come into the call",
    "customer_gone": "The customer stayed away",
    "agent_gone": "The agent stayed away",
    "call_too_long": "The call was too long",
}
"""What a line of the timeline says happened → words for it."""

SUB_STATUS: Mapping[str, str] = {
    "USER_IP_VERIFICATION_SUCCESSFUL": "the network is in India",
    "USER_LOCATION_VERIFICATION_SUCCESS": "the place is in India",
    "USER_DEVICE_CHECK_SUCCESS": "camera and microphone work",
    "USER_PROXY_DETECTED": "a proxy was found",
    "USER_LOCATION_OUTSIDE_INDIA": "the place is outside India",
    "USER_LOCATION_PERMISSION_DISABLED": "the location was not allowed",
    "USER_AUDIO_CHECK_FAILED": "the microphone does not work",
    "USER_VIDEO_CHECK_FAILED": "the camera does not work",
    "TECHNICAL_FAILURE": "something broke",
    "AGENT_APPROVED": "approved",
    "AGENT_REJECTED": "rejected",
    "AUDITOR_APPROVED": "approved",
    "AUDITOR_REJECTED": "rejected",
}
"""What the sub_status adds to such a line, where it adds something."""

ADDS = frozenset({"precheck_passed", "precheck_failed", "agent_decided", "auditor_decided"})

PEOPLE: Mapping[str, str] = {
    "customer": "The customer",
    "agent": "The agent",
    "merchant": "The company",
    "clock": "The clock",
    "server": "The server",
}


def happened(what: str, sub_status: str) -> str:
    """A line of the timeline; unknown things are named as they are."""
    words = HAPPENED.get(what) or _spelled(what)
    more = SUB_STATUS.get(sub_status) if what in ADDS else None
    return f"{words}: {more}" if more else words


def who(by: str, names: Mapping[str, str]) -> str:
    """Who did it: an operator by name, the others by what they are."""
    return names.get(by) or PEOPLE.get(by) or by


def _spelled(name: str) -> str:
    return name.replace("_", " ").capitalize()
