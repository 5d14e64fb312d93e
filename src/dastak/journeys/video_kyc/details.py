"""What a customer may say of themselves: the user template's fields, each within its choices and length. Pure.

In: the template's fields and what was typed. Out: the details to keep, or `SyntaxRefused` for the first field at fault.
"""

from collections.abc import Mapping, Sequence

from dastak.journeys.facts import SyntaxRefused
from dastak.journeys.video_kyc.template import DetailField


def checked_details(fields: Sequence[DetailField], typed: Mapping[str, str]) -> dict[str, str]:
    """Every field of the template, trimmed; what the template does not ask for is left out."""
    return {field.name: _checked(field, " ".join(typed.get(field.name, "").split())) for field in fields}


def _checked(field: DetailField, value: str) -> str:
    if not value:
        raise SyntaxRefused(field.name, f"{field.label}: choose or type something.")
    if field.choices and value not in field.choices:
        raise SyntaxRefused(field.name, f"{field.label}: choose one of the list.")
    if len(value) > field.limit or not value.isprintable():
        raise SyntaxRefused(field.name, f"{field.label}: use {field.limit} letters at most.")
    return value
