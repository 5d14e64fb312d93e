"""What can go wrong with a Video KYC, in the terms of those who take part; no HTTP here.

JourneyError            in `journeys/errors.py`, with what every journey shares
├── CaseNotFound
├── CaseClosed          the case is over, or its link has expired
├── StepClosed          this step is done, not part of the case, or out of tries
├── NotReady            something must be done first; `missing` says what
├── SlotUnavailable     nobody works then, or the last place was just taken
├── NotWaiting          another agent was first, or the customer has left
├── AgentBusy           the agent has a case already
├── NotYours            another agent has this case
├── AuditorIsAgent      whoever took part in a call of the case does not review it
├── AlreadyDecided
├── UnknownReason       it is not in the list of reasons
├── TokenRefused        the access token is not this case's, or has ended
├── UserNotFound
├── DuplicateUserId
└── UnknownVkycTemplate
"""

from collections.abc import Sequence

from dastak.journeys.errors import JourneyError


class CaseNotFound(JourneyError):  # noqa: N818 - the names say what happened
    """There is no such Video KYC."""

    code = "case_not_found"


class CaseClosed(JourneyError):  # noqa: N818
    """The case is over or its link has expired; nothing more can be done with it."""

    code = "case_closed"


class StepClosed(JourneyError):  # noqa: N818
    """This step is done, is not part of the case, or has no try left."""

    code = "step_closed"


class RecordedElsewhere(StepClosed):
    """The call's room is held, and recorded, by another process."""

    code = "recorded_elsewhere"


class NotReady(JourneyError):  # noqa: N818
    """Something must be done before this can be.

    Attributes:
        missing: short names of what is missing, in the order in which to do it.
    """

    code = "not_ready"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"First: {', '.join(missing)}.")
        self.missing = tuple(missing)


class SlotUnavailable(JourneyError):  # noqa: N818
    """Nobody works at that time, or the last place was just taken: choose another slot."""

    code = "slot_unavailable"


class NotWaiting(JourneyError):  # noqa: N818
    """The customer is not waiting: another agent was first, or the customer has left."""

    code = "not_waiting"


class AgentBusy(JourneyError):  # noqa: N818
    """The agent has a case already; it must end before the next one."""

    code = "agent_busy"


class NotYours(JourneyError):  # noqa: N818
    """Another agent has this case, or nobody has."""

    code = "not_yours"


class AuditorIsAgent(JourneyError):  # noqa: N818
    """Whoever took part in a call of a case does not review it."""

    code = "auditor_is_agent"


class AlreadyDecided(JourneyError):  # noqa: N818
    """The case has been decided; a decision is made once."""

    code = "already_decided"


class UnknownReason(JourneyError):  # noqa: N818
    """A rejection's reason is one of the template's list."""

    code = "unknown_reason"


class TokenRefused(JourneyError):  # noqa: N818
    """The access token is not this case's, or has ended."""

    code = "token_refused"


class UserNotFound(JourneyError):  # noqa: N818
    """The merchant has no such user."""

    code = "user_not_found"


class DuplicateUserId(JourneyError):  # noqa: N818
    """The merchant has a user of that user_id already."""

    code = "user_id_already_exists"


class UnknownVkycTemplate(JourneyError):  # noqa: N818
    """There is no user template or agent template of that name."""

    code = "vkyc_template_not_found"
