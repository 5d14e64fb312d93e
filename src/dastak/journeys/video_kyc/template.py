"""User templates and agent templates, by name, as data (contract.md §2.9: names are public, contents are ours).

In: the merchant names two when a case is made. Out: which steps the customer meets, what the agent must do before an
approval, and the reasons that a rejection can have.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from dastak.journeys.video_kyc.interview import StillKind


class Step(StrEnum):
    """The steps of a customer, in this order."""

    DETAILS = "details"
    AADHAAR = "aadhaar"
    VIDEO_CALL = "video_call"


@dataclass(frozen=True, slots=True)
class DetailField:
    """One thing that the customer says of themselves."""

    name: str
    label: str
    choices: tuple[str, ...] = ()
    """Empty: free text."""
    limit: int = 100
    """Characters."""


@dataclass(frozen=True, slots=True)
class UserTemplate:
    """What the customer goes through."""

    name: str
    steps: tuple[Step, ...]
    fields: tuple[DetailField, ...]

    def steps_of(self, *, aadhaar_given: bool) -> tuple[Step, ...]:
        """The steps that are left for the customer: Aadhaar details from the merchant skip one (contract.md §2.4)."""
        return tuple(step for step in self.steps if not (aadhaar_given and step is Step.AADHAAR))


@dataclass(frozen=True, slots=True)
class AgentTemplate:
    """What the agent goes through."""

    name: str
    question_bank: tuple[str, ...]
    """Asked about the customer's own details, when the merchant sent no questions."""
    questions_asked: int
    """How many of the bank are drawn for a case."""
    challenges: tuple[str, ...]
    challenges_asked: int
    stills: tuple[StillKind, ...]
    reject_reasons: tuple[str, ...]
    audit_reasons: tuple[str, ...]


Template = TypeVar("Template", UserTemplate, AgentTemplate)


class Templates(dict[str, Template]):
    """Templates by name. A case whose template is gone goes on with the first one, which `get` does not do."""

    def __init__(self, templates: Iterable[Template]) -> None:
        super().__init__()
        self.add(templates)

    def __missing__(self, name: str) -> Template:
        return next(iter(self.values()))

    def add(self, templates: Iterable[Template]) -> None:
        """More of them, or others in place of those of the same name. Once, when the process starts."""
        self.update((template.name, template) for template in templates)


USER_TEMPLATES: Templates[UserTemplate] = Templates(
    (
        UserTemplate(
            "vkyc_user_template_v1",
            steps=(Step.DETAILS, Step.AADHAAR, Step.VIDEO_CALL),
            fields=(
                DetailField(
                    "employment_type",
                    "Employment",
                    ("Salaried", "Self-employed", "Business owner", "Student", "Homemaker", "Retired", "Not employed"),
                ),
                DetailField(
                    "monthly_income",
                    "Monthly income",
                    ("Below ₹25,000", "₹25,000 to ₹50,000", "₹50,000 to ₹1,00,000", "Above ₹1,00,000"),
                ),
                DetailField("gender", "Gender", ("Female", "Male", "Other")),
                DetailField("guardian_name", "Father's or guardian's full name"),
            ),
        ),
    )
)

AGENT_TEMPLATES: Templates[AgentTemplate] = Templates(
    (
        AgentTemplate(
            "vkyc_agent_template_v1",
            question_bank=(
                "What is your full name, as it stands on your PAN card?",
                "What is your date of birth?",
                "What kind of work do you do?",
                "In which range is your monthly income?",
                "What is your father's or guardian's name?",
                "In which town do you live at present?",
                "Why are you opening this account?",
            ),
            questions_asked=3,
            # Blinking is not among them: nobody may be refused for being unable to.
            challenges=("turn_left", "turn_right", "look_up", "smile", "raise_hand"),
            challenges_asked=2,
            stills=(StillKind.PAN, StillKind.FACE),
            reject_reasons=(
                "Face does not match the documents",
                "PAN card not shown or not readable",
                "Document looks altered or printed",
                "Answers do not match",
                "Liveness not confirmed",
                "Customer was prompted by somebody",
                "Customer is not willing to go on",
                "Poor video or sound",
                "Fraud suspected",
                "Other",
            ),
            audit_reasons=(
                "Face does not match the documents",
                "Document not acceptable",
                "Questions not asked properly",
                "Liveness not confirmed",
                "Recording incomplete or unclear",
                "Location not acceptable",
                "Fraud suspected",
                "Other",
            ),
        ),
    )
)

DEFAULT_USER_TEMPLATE = "vkyc_user_template_v1"
DEFAULT_AGENT_TEMPLATE = "vkyc_agent_template_v1"
