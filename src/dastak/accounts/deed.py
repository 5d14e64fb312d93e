"""What the audit log calls things: all that people and keys do to a merchant's account, and see of its customers.

In: whoever notes an entry names a deed. Out: the log's page says it in words. An area that adds a deed adds its words.
"""

from collections.abc import Mapping
from enum import StrEnum


class Deed(StrEnum):
    """One thing that was done. The value stays in the log for ever, so it is never renamed."""

    SIGNED_IN = "member.signed_in"
    SIGNED_OUT = "member.signed_out"
    SESSION_ENDED = "member.session_ended"
    MEMBER_ADDED = "member.added"
    MEMBER_DISABLED = "member.disabled"
    MEMBER_INVITED = "member.invited"
    INVITATION_WITHDRAWN = "member.invitation_withdrawn"
    INVITATION_ACCEPTED = "member.invitation_accepted"
    MEMBER_RENAMED = "member.renamed"
    ROLE_CHANGED = "member.role_changed"
    AUTHENTICATOR_ADDED = "member.authenticator_added"
    AUTHENTICATOR_REMOVED = "member.authenticator_removed"
    RECOVERY_CODE_USED = "member.recovery_code_used"
    KEY_MADE = "key.made"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    KEY_NAMED = "key.named"
    KEY_SIGNS = "key.signs"
    TEMPLATE_MADE = "template.made"
    TEMPLATE_CHANGED = "template.changed"
    TEMPLATE_REMOVED = "template.removed"
    STATIC_LINK_OPENED = "static_link.opened"
    STATIC_LINK_CLOSED = "static_link.closed"
    OPERATOR_ADDED = "operator.added"
    OPERATOR_CHANGED = "operator.changed"
    OPERATOR_DEACTIVATED = "operator.deactivated"
    OPERATOR_ACTIVATED = "operator.activated"
    OPERATOR_SIGNED_IN = "operator.signed_in"
    OPERATOR_SIGNED_OUT = "operator.signed_out"
    OPERATOR_ONLINE = "operator.online"
    OPERATOR_OFFLINE = "operator.offline"
    """By a click; who is silent for long goes offline without a deed."""
    OPERATOR_SESSION_ENDED = "operator.session_ended"
    MERCHANT_MADE = "merchant.made"
    """With its first key."""
    COMPANY_CHANGED = "company.changed"
    """Its name, colour, logo, contact or time zone."""
    MESSAGE_CHANGED = "message.changed"
    DATA_VIEWED = "customer_data.viewed"
    """A customer's data was shown unmasked, or exported: the subject says whose, the details which part."""
    EVIDENCE_VIEWED = "evidence.viewed"
    """A recording or a picture was shown."""
    DATA_READ = "customer_data.read"
    """A key read customers' data by the API: of one journey, or a list of many."""
    TOKEN_MADE = "journey.token_made"  # noqa: S105 - a name
    """A key was given a token that opens a customer's Video KYC."""
    DELIVERY_RESENT = "delivery.resent"
    REPLAY_BEGUN = "replay.begun"
    REPLAY_CANCELLED = "replay.cancelled"
    AUDIT_EXPORTED = "audit.exported"
    JOURNEY_MADE = "journey.made"
    USER_MADE = "user.made"
    USER_CHANGED = "user.changed"
    JOURNEY_RESENT = "journey.resent"
    JOURNEY_CANCELLED = "journey.cancelled"
    JOURNEY_BOOKED = "journey.booked"
    JOURNEY_UNBOOKED = "journey.unbooked"
    CASE_TAKEN = "case.taken"
    CASE_GIVEN_BACK = "case.given_back"
    QUESTION_JUDGED = "case.question_judged"
    LIVENESS_DRAWN = "case.liveness_drawn"
    LIVENESS_JUDGED = "case.liveness_judged"
    PICTURE_TAKEN = "case.picture_taken"
    NOTES_WRITTEN = "case.notes_written"
    AGENT_DECIDED = "case.agent_decided"
    AUDITOR_DECIDED = "case.auditor_decided"
    JOURNEY_REHEARSED = "journey.rehearsed"
    """In the sandbox: a person's act in a journey, done by a call."""
    JOURNEYS_EXPORTED = "journeys.exported"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_ENABLED = "webhook.enabled"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"  # noqa: S105 - a name


WORDS: Mapping[Deed, str] = {
    Deed.SIGNED_IN: "Signed in",
    Deed.SIGNED_OUT: "Signed out",
    Deed.SESSION_ENDED: "Ended a session",
    Deed.MEMBER_ADDED: "Added a member",
    Deed.MEMBER_DISABLED: "Removed a member",
    Deed.MEMBER_INVITED: "Invited somebody",
    Deed.INVITATION_WITHDRAWN: "Withdrew an invitation",
    Deed.INVITATION_ACCEPTED: "Accepted an invitation",
    Deed.MEMBER_RENAMED: "Changed a member's name",
    Deed.ROLE_CHANGED: "Changed a member's role",
    Deed.AUTHENTICATOR_ADDED: "Added an authenticator app",
    Deed.AUTHENTICATOR_REMOVED: "Took off an authenticator app",
    Deed.RECOVERY_CODE_USED: "Used a recovery code",
    Deed.KEY_MADE: "Made an API key",
    Deed.KEY_ROTATED: "Rotated an API key",
    Deed.KEY_REVOKED: "Revoked an API key",
    Deed.KEY_NAMED: "Named an API key",
    Deed.KEY_SIGNS: "Chose the key that signs webhooks",
    Deed.TEMPLATE_MADE: "Made a template",
    Deed.TEMPLATE_CHANGED: "Changed a template",
    Deed.TEMPLATE_REMOVED: "Removed a template",
    Deed.STATIC_LINK_OPENED: "Opened a static link",
    Deed.STATIC_LINK_CLOSED: "Closed a static link",
    Deed.OPERATOR_ADDED: "Added an operator",
    Deed.OPERATOR_CHANGED: "Changed an operator",
    Deed.OPERATOR_DEACTIVATED: "Deactivated an operator",
    Deed.OPERATOR_ACTIVATED: "Activated an operator",
    Deed.OPERATOR_SIGNED_IN: "Signed in at the console",
    Deed.OPERATOR_SIGNED_OUT: "Signed out of the console",
    Deed.OPERATOR_ONLINE: "Went online for calls",
    Deed.OPERATOR_OFFLINE: "Went offline",
    Deed.OPERATOR_SESSION_ENDED: "Ended a session of the console",
    Deed.MERCHANT_MADE: "Made the merchant, with its first key",
    Deed.COMPANY_CHANGED: "Changed the company's settings",
    Deed.MESSAGE_CHANGED: "Changed a message",
    Deed.DATA_VIEWED: "Saw a customer's data",
    Deed.EVIDENCE_VIEWED: "Was shown a recording or a picture",
    Deed.DATA_READ: "Read customers' data by the API",
    Deed.TOKEN_MADE: "Made a token that opens a journey",
    Deed.DELIVERY_RESENT: "Sent a delivery again",
    Deed.REPLAY_BEGUN: "Began to send many again",
    Deed.REPLAY_CANCELLED: "Cancelled sending many again",
    Deed.AUDIT_EXPORTED: "Exported the audit log",
    Deed.JOURNEY_MADE: "Made a journey",
    Deed.USER_MADE: "Made a user of Video KYC",
    Deed.USER_CHANGED: "Changed a user of Video KYC",
    Deed.JOURNEY_RESENT: "Sent an invitation again",
    Deed.JOURNEY_CANCELLED: "Cancelled a journey",
    Deed.JOURNEY_BOOKED: "Booked a slot",
    Deed.JOURNEY_UNBOOKED: "Gave a booking back",
    Deed.CASE_TAKEN: "Took a customer at the console",
    Deed.CASE_GIVEN_BACK: "Gave a customer back",
    Deed.QUESTION_JUDGED: "Judged an answer in a call",
    Deed.LIVENESS_DRAWN: "Drew a code and challenges in a call",
    Deed.LIVENESS_JUDGED: "Judged the code or a challenge in a call",
    Deed.PICTURE_TAKEN: "Took a picture of a call",
    Deed.NOTES_WRITTEN: "Wrote notes on a call",
    Deed.AGENT_DECIDED: "Decided on a customer, as the agent",
    Deed.AUDITOR_DECIDED: "Decided on a customer, as the auditor",
    Deed.JOURNEY_REHEARSED: "Rehearsed an act in a journey",
    Deed.JOURNEYS_EXPORTED: "Exported journeys",
    Deed.WEBHOOK_ADDED: "Added a webhook",
    Deed.WEBHOOK_CHANGED: "Changed a webhook's settings",
    Deed.WEBHOOK_DISABLED: "Disabled a webhook",
    Deed.WEBHOOK_ENABLED: "Enabled a webhook",
    Deed.WEBHOOK_DELETED: "Deleted a webhook",
    Deed.WEBHOOK_SECRET_ROTATED: "Rotated a webhook's secret",
}


def words_of(deed: str) -> str:
    """In words; a deed of a newer release as it is."""
    return WORDS[Deed(deed)] if deed in set(Deed) else deed
