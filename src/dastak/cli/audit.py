"""`dastak audit`: checks the chain of a merchant's audit log, and writes the log out."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from dastak.accounts.audit import AuditTrail, exported, verified, walked
from dastak.accounts.credentials import MerchantNotFound
from dastak.cli.failing import complain, plain_errors, settings_or_exit

app = typer.Typer(
    help="The audit log of a dashboard (with SQLite stop the server first: its file has one user at a time)."
)

T = TypeVar("T")

MerchantId = Annotated[
    str, typer.Option("--merchant", help="The merchant's id, `mer_…`, as `dastak merchant list` shows it.")
]


@app.command("verify")
def verify(merchant: MerchantId) -> None:
    """Read the whole log and check its chain; exits with 1 at the first entry that does not hold."""
    reached, fault = _run(merchant, lambda trail: verified(trail, merchant))
    if fault is None:
        Console().print(f"The audit log holds: {reached.sequence} entries. The newest has the hash")
        print(reached.hash.hex())  # noqa: T201 - to be copied, without wrapping
        return
    where = f"entry {fault.sequence}: " if fault.sequence else ""
    complain.print(f"[red]The audit log does not hold: {where}{fault.problem}.[/red]")
    complain.print(f"The {reached.sequence} entries before it do. Keep a copy of the database as it is.")
    raise typer.Exit(1)


@app.command("export")
def export(
    merchant: MerchantId,
    output: Annotated[
        Path | None, typer.Option("--output", help="A file to write; standard output if left out.")
    ] = None,
) -> None:
    """Write every entry as a line of JSON, oldest first, with its hashes, so that anybody can check them."""
    if output is None:
        _run(merchant, lambda trail: _write(trail, merchant, sys.stdout.buffer))
        return
    try:
        with output.open("xb") as file:
            count = _run(merchant, lambda trail: _write(trail, merchant, file))
    except OSError as error:
        complain.print(f"[red]{escape(str(output))} cannot be written: {error.strerror}.[/red] Name another file.")
        raise typer.Exit(1) from None
    Console().print(f"{count} entries are in {output}.")


async def _write(trail: AuditTrail, merchant_id: str, file: BinaryIO) -> int:
    count = 0
    async for links in walked(trail, merchant_id, 0, (await trail.head(merchant_id)).sequence):
        file.writelines(exported(link) + b"\n" for link in links)
        count += len(links)
    return count


def _run(merchant_id: str, act: Callable[[AuditTrail], Awaitable[T]]) -> T:
    settings = settings_or_exit()

    async def work() -> T:
        from dastak.app.build import accounts_in, open_store

        store = open_store(settings)
        await store.open()
        try:
            await accounts_in(store).merchant_name(merchant_id)
            return await act(store.audit)
        finally:
            await store.close()

    with plain_errors():
        try:
            return asyncio.run(work())
        except MerchantNotFound:
            complain.print("[red]There is no such merchant.[/red] See [bold]dastak merchant list[/bold].")
            raise typer.Exit(1) from None
