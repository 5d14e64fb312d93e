"""`dastak merchant time-zone`: in which zone a merchant's dashboard shows times.

In: a merchant and a zone's name. Out: the name on the command line, or kept in the store.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from dastak.accounts.credentials import is_time_zone
from dastak.accounts.deed import Deed
from dastak.cli.merchant_store import in_store, noted

if TYPE_CHECKING:
    from dastak.app.build import Store


def time_zone(
    merchant: Annotated[str, typer.Argument(help="The merchant's id, `mer_…`, as `dastak merchant list` shows it.")],
    new: Annotated[str, typer.Option("--set", help="A name of the IANA database, such as Asia/Kolkata.")] = "",
) -> None:
    """Show the zone in which a merchant's dashboard shows times, or set another."""
    if new and not is_time_zone(new):
        raise typer.BadParameter("give a name such as Asia/Kolkata or Europe/Berlin", param_hint="--set")

    async def act(store: "Store") -> str:
        from dastak.app.build import accounts_in

        accounts = accounts_in(store)
        if new:
            with noted(merchant, Deed.COMPANY_CHANGED, what="time zone", zone=new):
                await accounts.set_time_zone(merchant, new)
        return (await accounts.merchant(merchant)).time_zone

    print(in_store(merchant, act))  # noqa: T201 - plain text for a pipe
