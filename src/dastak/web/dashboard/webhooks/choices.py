"""Which events a form offers: the contract's by product, and those about webhooks.

In: the catalogue. Out: groups of names with what they mean. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES, Product


@dataclass(frozen=True, slots=True)
class Group:
    """Events that stand together."""

    name: str
    events: Sequence[tuple[str, str]]
    """Type and description."""


@dataclass(frozen=True, slots=True)
class Choices:
    """All that can be ticked."""

    contract: Sequence[Group]
    about_webhooks: Group


def event_choices() -> Choices:
    """In the catalogue's order."""
    of = {Product.KYC_LINK: "KYC Link", Product.VIDEO_KYC: "Video KYC"}
    groups = [
        Group(name, [(one.name, one.description) for one in EVENT_TYPES.values() if one.product is product])
        for product, name in of.items()
    ]
    about = [(one.name, one.description) for one in OPERATIONAL_EVENT_TYPES.values()]
    return Choices(groups, Group("About webhooks", about))
