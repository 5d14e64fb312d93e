"""The form of a template: read, checked, and filled in again. Pure.

In: what was typed. Out: a template, or each field with what to mend.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dastak.journeys.kyc_link.template import HEADING_LIMIT, PLACES, TEXT_LIMIT, Look, Template, Texts
from dastak.journeys.wording import fault
from dastak.web.dashboard.setup.look import COLOUR_RULE, colour_in
from dastak.web.form import Form
from dastak_sdk import CheckType

NAMES: Mapping[str, str] = {"AADHAAR": "Aadhaar", "PAN": "PAN", "BANK": "Bank account", "UPI": "UPI ID"}
"""What pages call the checks; `dastak_sdk.CheckType` has their names on the wire."""
PLACE_FIELDS = ("check_1", "check_2", "check_3", "check_4")
PLACE_LABELS = ("First check", "Second check", "Third check", "Fourth check")
TEXT_FIELDS: Mapping[str, int] = {"heading": HEADING_LIMIT, "intro": TEXT_LIMIT, "done": TEXT_LIMIT}

Mistakes = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was read."""

    template: Template
    """What can be made of it; only without mistakes is it to be kept."""
    mistakes: Mistakes


def read(before: Template, form: Form) -> Read:
    """The template with what the form says, over the one before."""
    mistakes: list[tuple[str, str]] = []
    checks = _checks(form, mistakes)
    texts = {name: form.get(name, "") for name in TEXT_FIELDS}
    for name, limit in TEXT_FIELDS.items():
        wrong = fault(texts[name], limit=limit, known=PLACES)
        if wrong:
            mistakes.append((name, wrong))
    colour = colour_in(form)
    if colour is None:
        mistakes.append(("colour", COLOUR_RULE))
    look = Look(colour or "", before.look.logo)
    return Read(replace(before, checks=checks or before.checks, texts=Texts(**texts), look=look), mistakes)


def choices() -> list[tuple[str, str]]:
    """What each place of the order can be."""
    return [("", "Nothing more"), *((check.value, NAMES[check.name]) for check in CheckType)]


def chosen(template: Template) -> list[tuple[str, str, str]]:
    """Field, label and value of each place."""
    values = [check.value for check in template.checks]
    values += [""] * (len(PLACE_FIELDS) - len(values))
    return list(zip(PLACE_FIELDS, PLACE_LABELS, values, strict=True))


def _checks(form: Form, mistakes: list[tuple[str, str]]) -> tuple[CheckType, ...]:
    """In the order of the places; gaps are closed."""
    known = {check.value: check for check in CheckType}
    found: list[CheckType] = []
    for field in PLACE_FIELDS:
        value = form.get(field, "")
        check = known.get(value)
        if check in found:
            mistakes.append((field, "Each check can be asked for once."))
        elif check is not None:
            found.append(check)
        elif value:
            mistakes.append((field, "Choose one of the checks."))
    if not found:
        mistakes.append((PLACE_FIELDS[0], "Choose at least one check."))
    return tuple(found)
