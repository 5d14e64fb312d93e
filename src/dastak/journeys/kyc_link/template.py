"""Which checks a link asks for, by name, and how its pages look and speak.

In: the merchant names a template when a link is made. Out: the checks, in the order in which the customer meets them;
texts and look of the pages of its links, as they are when a page is opened.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dastak_sdk import CheckType

NAME = re.compile(r"[A-Za-z0-9._-]{1,50}")
HEADING_LIMIT = 80
TEXT_LIMIT = 300
PLACES = ("merchant",)
"""What texts may name: `{merchant}` is its name."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What the merchant says on the pages; empty: what Dastak says."""

    heading: str = ""
    """Above the first page."""
    intro: str = ""
    """Below it, before what the customer needs."""
    done: str = ""
    """On the last page."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the pages differ from the merchant's usual ones; empty: they do not."""

    colour: str = ""
    """`#rrggbb`"""
    logo: str = ""
    """Id of an uploaded one."""


@dataclass(frozen=True, slots=True)
class Template:
    """An ordered choice of one to four different checks."""

    name: str
    checks: tuple[CheckType, ...]
    texts: Texts = field(default_factory=Texts)
    look: Look = field(default_factory=Look)

    def __post_init__(self) -> None:
        if not self.checks or len(set(self.checks)) != len(self.checks):
            raise ValueError("a template needs one to four different checks")


BUILT_IN: Mapping[str, Template] = {
    template.name: template
    for template in (
        Template("Aadhaar_verification", (CheckType.AADHAAR,)),  # the hosted provider's default (contract.md §3.1)
        Template("Full_kyc", (CheckType.AADHAAR, CheckType.PAN, CheckType.BANK, CheckType.UPI)),
        Template("Pan_verification", (CheckType.PAN,)),
        Template("Bank_verification", (CheckType.BANK,)),
        Template("Upi_verification", (CheckType.UPI,)),
    )
}
"""Templates that every merchant has. A merchant's own template of the same name wins."""
