"""`dastak merchant contacts`: who gets mail when a merchant's webhooks fail.

In: a merchant and addresses. Out: the addresses on the command line, or kept sealed in the store.
"""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from dastak.accounts.deed import Deed
from dastak.cli.merchant_store import in_store, noted
from dastak.messaging.mail import address

if TYPE_CHECKING:
    from dastak.app.build import Store

MOST_CONTACTS = 10

CONTACT_HELP = "An e-mail address that is told when its webhooks fail; repeat it for more."


def contacts(
    merchant: Annotated[str, typer.Argument(help="The merchant's id, `mer_…`, as `dastak merchant list` shows it.")],
    new: Annotated[list[str] | None, typer.Option("--set", help="The new list; repeat it for each address.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Tell nobody any more.")] = False,
) -> None:
    """Show whom mail about a merchant's failing webhooks goes to, or replace the list."""
    if new and clear:
        raise typer.BadParameter("give --set or --clear, not both")
    wanted = () if clear else checked(new) if new else None

    async def act(store: "Store") -> tuple[str, ...]:
        from dastak.app.build import accounts_in

        accounts = accounts_in(store)
        if wanted is not None:
            with noted(merchant, Deed.COMPANY_CHANGED, what="contacts"):
                await accounts.set_contacts(merchant, wanted)
        return await accounts.contacts(merchant)

    found = in_store(merchant, act)
    for one in found:
        print(one)  # noqa: T201 - plain text for a pipe
    if not found:
        Console(stderr=True).print("Nobody is told. Add addresses with --set.")


def checked(given: list[str] | None) -> tuple[str, ...]:
    """The addresses, each once. Raises `BadParameter`."""
    found = tuple(dict.fromkeys(given or ()))
    if len(found) > MOST_CONTACTS:
        raise typer.BadParameter(f"give at most {MOST_CONTACTS} addresses")
    for one in found:
        try:
            address(one)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    return found
