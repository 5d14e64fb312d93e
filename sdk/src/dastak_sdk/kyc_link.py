"""What the `data` of the three KYC Link events holds.

In: the decoded `data` object, from `envelope`; or plain values, from the server that makes events. Out: the same
object again, same keys in the contract's order, with unknown fields kept at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dastak_sdk.fields import ARRAY, INTEGER, OPTIONAL_TEXT, TEXT, Shape
from dastak_sdk.frozen import maker

if TYPE_CHECKING:
    from collections.abc import Mapping

_DETAIL = Shape("verification_details[]", reference_id=INTEGER, type=TEXT, status=TEXT)
_LINK = Shape(
    "data",
    name=OPTIONAL_TEXT,
    phone=TEXT,
    email=OPTIONAL_TEXT,
    verification_id=TEXT,
    reference_id=INTEGER,
    link_expiry=TEXT,
    form_link=TEXT,
    form_status=TEXT,
    verification_details=ARRAY,
)


@dataclass(frozen=True)
class VerificationDetail:
    """One check of the link."""

    reference_id: int
    """0 until the check has run."""
    type: str
    """A `CheckType` value, or one that a later version adds."""
    status: str
    """A `CheckStatus` value, or one that a later version adds."""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Fields unknown to this version, kept as they came."""

    @classmethod
    def from_json(cls, value: Any) -> VerificationDetail:
        """Read one element of `verification_details`. Raises `PayloadError`."""
        return _read_detail(value)

    def to_json(self) -> dict[str, Any]:
        """The JSON object, keys in the contract's order."""
        known = {"reference_id": self.reference_id, "type": str(self.type), "status": str(self.status)}
        return {**known, **self.extra}


@dataclass(frozen=True)
class KycLinkData:
    """A KYC Link as it stood when the event happened."""

    name: str | None
    phone: str
    email: str | None
    verification_id: str
    """The merchant's own id."""
    reference_id: int
    link_expiry: str
    """`YYYY-MM-DD`, a date in India, usable to its end."""
    form_link: str
    form_status: str
    """A `FormStatus` value, or one that a later version adds."""
    verification_details: tuple[VerificationDetail, ...]
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Fields unknown to this version, kept as they came."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> KycLinkData:
        """Read the `data` object. Raises `PayloadError`."""
        fields = _LINK.read(value)
        details = (each.copy() if type(each) is dict else each for each in fields["verification_details"])
        fields["verification_details"] = tuple(map(_read_detail, details))
        return _make(fields)

    def to_json(self) -> dict[str, Any]:
        """The JSON object, keys in the contract's order, nulls present."""
        return {
            "name": self.name,
            "phone": self.phone,
            "email": self.email,
            "verification_id": self.verification_id,
            "reference_id": self.reference_id,
            "link_expiry": self.link_expiry,
            "form_link": self.form_link,
            "form_status": str(self.form_status),
            "verification_details": [detail.to_json() for detail in self.verification_details],
            **self.extra,
        }


_read_detail = _DETAIL.reader(VerificationDetail)
_make = maker(KycLinkData)
