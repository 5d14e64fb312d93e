"""`dastak migrate`: brings the database to the schema of this release."""

import asyncio

from rich.console import Console

from dastak.app.settings import Settings
from dastak.cli.failing import plain_errors, settings_or_exit


def migrate() -> None:
    """Bring the database up to date; harmless when it is. `serve` does this by itself."""
    settings = settings_or_exit()
    with plain_errors():
        applied = asyncio.run(_migrate(settings))
    for name in applied:
        Console().print(f"applied {name}")
    if not applied:
        Console().print("The database is up to date.")


async def _migrate(settings: Settings) -> list[str]:
    from dastak.app.build import open_store

    store = open_store(settings)
    try:
        return await store.open()
    finally:
        await store.close()
