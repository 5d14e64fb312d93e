"""What the commands that ask a running server have in common: its address, the merchant's key, their errors.

In: options and variables. Out: a `Server`; for what a person can mend, one sentence on standard error and exit code 2.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from dastak.cli.failing import complain

if TYPE_CHECKING:
    from dastak.cli.desk.asking import Server

ServerUrl = Annotated[str, typer.Option("--server", envvar="DASTAK", help="The server's address. Or DASTAK.")]
ClientId = Annotated[str, typer.Option("--client-id", envvar="CLIENT_ID", help="Of the merchant. Or CLIENT_ID.")]
ClientSecret = Annotated[
    str, typer.Option("--client-secret", envvar="CLIENT_SECRET", help="Of the merchant. Or CLIENT_SECRET.")
]
VerificationId = Annotated[str | None, typer.Option("--verification-id", help="Of this journey only.")]
Since = Annotated[
    str | None, typer.Option("--since", help="From then on: a time with its zone, or `90s`, `30m`, `2h`, `7d` ago.")
]
Until = Annotated[str | None, typer.Option("--until", help="Before then.")]
Json = Annotated[bool, typer.Option("--json", help="Print a JSON object a line, for scripts.")]
Most = Annotated[int, typer.Option("--limit", min=1, help="Show at most so many.")]


@contextmanager
def asking(url: str, client_id: str, client_secret: str) -> Iterator["Server"]:
    """The server, and a plain end for what it refuses."""
    from dastak.cli.desk.asking import AskError, Key, Server
    from dastak.cli.desk.sending import RefusedUrlError, target
    from dastak.cli.desk.when import UnreadableTimeError

    try:
        yield Server(target(url), Key(client_id, client_secret))
    except (RefusedUrlError, AskError, UnreadableTimeError) as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None


def chosen(**filters: str | None) -> dict[str, str]:
    """The filters that were given; `since` and `until` as the API reads them. Raises `UnreadableTimeError`."""
    from datetime import UTC, datetime

    from dastak.cli.desk.when import moment

    now = datetime.now(UTC)
    given = {name: value for name, value in filters.items() if value}
    return {name: moment(value, now) if name in {"since", "until"} else value for name, value in given.items()}


def print_json(values: Mapping[str, Any]) -> None:
    """One line, without colours or wrapping."""
    print(json.dumps(values), flush=True)  # noqa: T201 - plain text for a pipe
