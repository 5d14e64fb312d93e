"""`dastak merchant contacts`: who gets mail when a merchant's webhooks fail.

In: a merchant and addresses. Out: the addresses on the command line, or kept sealed in the store.
"""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from dastak.accounts.credentials import MerchantNotFound
from dastak.app.settings import Settings
from dastak.cli.failing import complain, plain_errors, settings_or_exit
from dastak.messaging.mail import address

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
    settings = settings_or_exit()
    with plain_errors():
        try:
            found = asyncio.run(_contacts(settings, merchant, wanted))
        except MerchantNotFound:
            complain.print("[red]There is no such merchant.[/red] See [bold]dastak merchant list[/bold].")
            raise typer.Exit(1) from None
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


async def _contacts(settings: Settings, merchant_id: str, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    from dastak.app.build import accounts_in, open_store

    store = open_store(settings)
    await store.open()
    try:
        accounts = accounts_in(store)
        if wanted is not None:
            await accounts.contacts(merchant_id)  # opened with these keys, before it is sealed with them
            await accounts.set_contacts(merchant_id, wanted)
        return await accounts.contacts(merchant_id)
    finally:
        await store.close()
