"""What the pages for setting up work on.

In: `app` joins the desks that change things, and the customer's pages for previews. Out: one object for all handlers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.responses import Response

from dastak.accounts.brand import BrandDesk
from dastak.accounts.key_desk import KeyDesk
from dastak.accounts.merchant import Merchant
from dastak.accounts.operator import PresenceStore
from dastak.accounts.operator_registry import OperatorRegistry
from dastak.journeys.kyc_link.issuing import LinkIssuer
from dastak.journeys.kyc_link.template import Template


class Preview(Protocol):
    """Renders the customer's pages; the room of those pages fulfils it."""

    @property
    def pages(self) -> Mapping[str, str]:
        """What can be previewed, and its name."""

    def page(self, merchant: Merchant, template: Template, name: str, now: datetime) -> Response:
        """That page, on which nothing can be sent; our own pages may frame it."""


@dataclass(frozen=True, slots=True)
class SetupRoom:
    """Desks of one deployment; every call takes the merchant's id."""

    keys: KeyDesk
    brand: BrandDesk
    templates: LinkIssuer
    preview: Preview
    operators: OperatorRegistry
    presence: PresenceStore
    public_url: str
    """Where operators and customers reach this server, without a trailing slash."""
