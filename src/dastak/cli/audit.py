"""`dastak audit`: checks the chain of a merchant's audit log, and writes the log out."""

import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console
from rich.markup import escape

from dastak.accounts.audit import AuditTrail, exported, verified, walked
from dastak.cli.failing import complain
from dastak.cli.merchant_store import in_store

app = typer.Typer(
    help="The audit log of a dashboard (with SQLite stop the server first: its file has one user at a time)."
)

MerchantId = Annotated[
    str, typer.Option("--merchant", help="The merchant's id, `mer_…`, as `dastak merchant list` shows it.")
]


@app.command("verify")
def verify(merchant: MerchantId) -> None:
    """Read the whole log and check its chain; exits with 1 at the first entry that does not hold."""
    reached, fault = in_store(merchant, lambda store: verified(store.audit, merchant))
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
        in_store(merchant, lambda store: _write(store.audit, merchant, sys.stdout.buffer))
        return
    try:
        with output.open("xb") as file:
            count = in_store(merchant, lambda store: _write(store.audit, merchant, file))
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
