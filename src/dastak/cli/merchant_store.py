"""The store as commands about one merchant use it: opened, the merchant looked up, closed again.

In: a merchant's id, and what to do. Out: what that yields; or one sentence on standard error and exit code 1.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import typer

from dastak.accounts.audit import CLI
from dastak.accounts.credentials import MerchantNotFound
from dastak.accounts.deed import Deed
from dastak.accounts.noting import Note, noting
from dastak.cli.failing import complain, plain_errors, settings_or_exit

if TYPE_CHECKING:
    from dastak.app.build import Store

T = TypeVar("T")

Refusals = Mapping[type[Exception], str]
"""What is printed when an act is refused, from its exact error on; it begins red and closes that mark-up itself."""

NO_MERCHANT = "There is no such merchant.[/red] See [bold]dastak merchant list[/bold]."


def noted(merchant_id: str, deed: Deed, subject: str = "", **details: str) -> AbstractContextManager[Note]:
    """Around a change: its transaction takes along that it was made on the server's command line."""
    return noting(Note(merchant_id, datetime.now(UTC), CLI, deed, subject, **details))


def in_store(merchant_id: str, act: "Callable[[Store], Awaitable[T]]", refusals: Refusals | None = None) -> T:
    """Do it in the store of these settings, and return what it returns.

    Raises:
        typer.Exit: there is no such merchant, a refusal, or what `plain_errors` knows; all of them are told.
    """
    settings = settings_or_exit()
    known: dict[type[Exception], str] = {MerchantNotFound: NO_MERCHANT, **(refusals or {})}

    async def work() -> T:
        from dastak.app.build import accounts_in, open_store

        store = open_store(settings)
        await store.open()
        try:
            await accounts_in(store).merchant_name(merchant_id)  # opened with these keys, before anything is sealed
            return await act(store)
        finally:
            await store.close()

    with plain_errors():
        try:
            return asyncio.run(work())
        except tuple(known) as refused:
            complain.print(f"[red]{known[type(refused)]}")
            raise typer.Exit(1) from None
