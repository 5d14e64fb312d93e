"""`dastak migrate`: brings the database to the schema of this release."""

from rich.console import Console

from dastak.cli.failing import plain_errors, settings_or_exit


def migrate() -> None:
    """Bring the database up to date; harmless when it is. `serve` does this by itself."""
    from dastak.app.build import open_store

    settings = settings_or_exit()
    with plain_errors():
        store = open_store(settings)
        applied = store.open()
        store.close()
    for name in applied:
        Console().print(f"applied {name}")
    if not applied:
        Console().print("The database is up to date.")
