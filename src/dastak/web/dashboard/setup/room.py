"""What the pages for setting up work on.

In: `app` joins the desks that change things, and the customer's pages for previews. Out: one object for all handlers.
"""

from dataclasses import dataclass

from dastak.accounts.key_desk import KeyDesk


@dataclass(frozen=True, slots=True)
class SetupRoom:
    """Desks of one deployment; every call takes the merchant's id."""

    keys: KeyDesk
