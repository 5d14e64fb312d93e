"""Turns the errors that a person can mend into one sentence and an exit code.

In: a `with` block of a command. Out: exit code 2 for settings, 1 for the rest; anything unexpected goes through.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

from dastak.app.keys import KeyFileDamaged
from dastak.app.role import RoleNeedsDatabase, RoleNeedsRecordings
from dastak.app.settings import Settings, SettingsError, read_settings
from dastak.store.schema import SchemaTooNew, SchemaTooOld
from dastak.store.sqlite.engine import StoreBusy
from dastak.store.trouble import StoreUnavailable
from dastak.store.vault import VaultLocked
from dastak.video.spool.owner import SpoolTaken

complain = Console(stderr=True)

ADVICE: Mapping[type[Exception], str] = {
    KeyFileDamaged: "",
    StoreBusy: "",
    RoleNeedsDatabase: "",
    RoleNeedsRecordings: "",
    SpoolTaken: "",
    SchemaTooOld: "\nUse a newer server.",
    StoreUnavailable: "\nIs DASTAK_DATABASE_URL right, and the server up? Run [bold]dastak doctor[/bold].",
    SchemaTooNew: "\nUse the newer release that wrote it, or a later one.",
    VaultLocked: "\nUse the DASTAK_SECRET_KEY (in the sandbox: the secret.key) with which this data was made.",
}
"""What to do about an error that does not say so itself."""


def settings_or_exit() -> Settings:
    """The settings, or every fault on standard error and exit code 2."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        complain.print(f"[red]The settings have {len(error.faults)} fault(s):[/red]")
        for fault in error.faults:
            complain.print(f"  • {escape(fault)}")
        complain.print("See docs/settings.md, or run [bold]dastak doctor[/bold].")
        raise typer.Exit(2) from None


@contextmanager
def plain_errors() -> Iterator[None]:
    """One sentence for what a person can mend."""
    try:
        yield
    except (
        KeyFileDamaged,
        StoreBusy,
        SchemaTooNew,
        SchemaTooOld,
        StoreUnavailable,
        RoleNeedsDatabase,
        RoleNeedsRecordings,
        SpoolTaken,
        VaultLocked,
    ) as error:
        complain.print(f"[red]{escape(str(error))}[/red]{ADVICE[type(error)]}")
        raise typer.Exit(1) from None
    except (OSError, sqlite3.Error) as error:
        complain.print(f"[red]{escape(str(error))}[/red]\nRun [bold]dastak doctor[/bold] to see what is wrong.")
        raise typer.Exit(1) from None
