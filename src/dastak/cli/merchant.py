"""`dastak merchant`: makes and lists merchants."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from dastak.accounts.audit import CLI
from dastak.accounts.merchant import Merchant
from dastak.app.settings import Settings
from dastak.cli import merchant_contacts, merchant_key, merchant_zone
from dastak.cli.failing import plain_errors, settings_or_exit

app = typer.Typer(help="Make and list merchants (with SQLite stop the server first: its file has one user at a time).")

app.command("contacts")(merchant_contacts.contacts)
app.command("time-zone")(merchant_zone.time_zone)
app.add_typer(merchant_key.app, name="key")

NAME_LIMIT = 100


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The name that customers see, such as 'Asha Bank'.")],
    contact: Annotated[list[str] | None, typer.Option("--contact", help=merchant_contacts.CONTACT_HELP)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Make a merchant and print its client id and secret. The secret is shown once: keep it."""
    shown = " ".join(name.split())
    if not shown or len(shown) > NAME_LIMIT or not shown.isprintable():
        raise typer.BadParameter("give a name of 1 to 100 printable characters", param_hint="NAME")
    contacts = merchant_contacts.checked(contact)
    settings = settings_or_exit()
    with plain_errors():
        merchant = asyncio.run(_create(settings, shown, contacts))
    key = merchant.keys[0]
    if as_json:
        values = {"merchant_id": merchant.id, "client_id": key.client_id, "client_secret": key.client_secret}
        print(json.dumps(values))  # noqa: T201 - plain text for a pipe, no colours or wrapping
        return
    table = Table("", "", show_header=False, box=None)
    table.add_row("merchant", f"{merchant.id} ({escape(merchant.name)})")
    table.add_row("x-client-id", key.client_id)
    table.add_row("x-client-secret", key.client_secret)
    Console().print(table)
    Console().print("The secret is not shown again. It also verifies webhooks, so keep it where your receiver can.")


@app.command("list")
def list_merchants() -> None:
    """List the merchants, without secrets."""
    settings = settings_or_exit()
    with plain_errors():
        merchants = asyncio.run(_all(settings))
    table = Table(Column("merchant", no_wrap=True), "name", "client ids")
    now = datetime.now(UTC)
    for merchant in merchants:
        table.add_row(
            merchant.id, escape(merchant.name), ", ".join(key.client_id for key in merchant.keys if key.is_active(now))
        )
    Console().print(table)


async def _create(settings: Settings, name: str, contacts: tuple[str, ...]) -> Merchant:
    from dastak.app.build import accounts_in, open_store

    store = open_store(settings)
    await store.open()
    try:
        await store.merchants.merchants()  # so that no merchant is sealed with keys that do not fit the others
        return await accounts_in(store).create(name, contacts, actor=CLI)
    finally:
        await store.close()


async def _all(settings: Settings) -> list[Merchant]:
    from dastak.app.build import open_store

    store = open_store(settings)
    await store.open()
    try:
        return list(await store.merchants.merchants())
    finally:
        await store.close()
