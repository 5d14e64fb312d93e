"""`dastak merchant time-zone`: in which zone a merchant's dashboard shows times.

In: a merchant and a zone's name. Out: the name on the command line, or kept in the store.
"""

import asyncio
from typing import Annotated

import typer

from dastak.accounts.credentials import MerchantNotFound, UnknownTimeZone
from dastak.app.settings import Settings
from dastak.cli.failing import complain, plain_errors, settings_or_exit


def time_zone(
    merchant: Annotated[str, typer.Argument(help="The merchant's id, `mer_…`, as `dastak merchant list` shows it.")],
    new: Annotated[str, typer.Option("--set", help="A name of the IANA database, such as Asia/Kolkata.")] = "",
) -> None:
    """Show the zone in which a merchant's dashboard shows times, or set another."""
    settings = settings_or_exit()
    with plain_errors():
        try:
            print(asyncio.run(_zone(settings, merchant, new)))  # noqa: T201 - plain text for a pipe
        except MerchantNotFound:
            complain.print("[red]There is no such merchant.[/red] See [bold]dastak merchant list[/bold].")
            raise typer.Exit(1) from None
        except UnknownTimeZone:
            raise typer.BadParameter("give a name such as Asia/Kolkata or Europe/Berlin", param_hint="--set") from None


async def _zone(settings: Settings, merchant_id: str, new: str) -> str:
    from dastak.app.build import accounts_in, open_store

    store = open_store(settings)
    await store.open()
    try:
        accounts = accounts_in(store)
        if new:
            await accounts.set_time_zone(merchant_id, new)
        return (await accounts.merchant(merchant_id)).time_zone
    finally:
        await store.close()
