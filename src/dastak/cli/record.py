"""`dastak record`: deliveries into a file, for unit tests: from a port of this machine, or from a server's log.

In: a file, and a port or a server. Out: JSON Lines (`dastak_sdk.recorded`); a line for each on the screen.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dastak.cli.failing import complain
from dastak.cli.with_server import Since, Until, VerificationId, asking, chosen
from dastak_sdk.recorded import FIRST_LINE, Recorded, UnreadableRecordError, read_recorded

OWNER_ONLY = 0o600


def record(
    file: Annotated[Path, typer.Argument(help="Where to; what it holds already stays, and new ones come after.")],
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Take deliveries in at this port of this machine.")
    ] = None,
    forward_to: Annotated[
        str | None, typer.Option("--forward-to", help="With --port: your handler, whose answers go back.")
    ] = None,
    server: Annotated[str, typer.Option("--server", envvar="DASTAK", help="Without --port: a server's log.")] = "",
    client_id: Annotated[str, typer.Option("--client-id", envvar="CLIENT_ID", help="Of the merchant.")] = "",
    client_secret: Annotated[str, typer.Option("--client-secret", envvar="CLIENT_SECRET", help="Likewise.")] = "",
    verification_id: VerificationId = None,
    event_type: Annotated[str | None, typer.Option("--type", help="From a log: of this event only.")] = None,
    since: Since = None,
    until: Until = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="End after so many.")] = None,
) -> None:
    """Write deliveries into a file that `dastak playback` and the fixture `webhooks.playback` read.

    With --port until Ctrl-C or --count; from a server, its events up to now, each as one delivery. The file holds what
    the webhooks hold: it can be read by you alone.
    """
    if port is None and not (server and client_id and client_secret):
        raise typer.BadParameter("give --port, or --server, --client-id and --client-secret", param_hint="--port")
    with _appending(file) as out:
        if port is not None:
            _from_port(out, port, forward_to, count)
            return
        with asking(server, client_id, client_secret) as asked:
            filters = chosen(verification_id=verification_id, type=event_type, since=since, until=until)
            left = count or 2**62
            for row in asked.rows("/api/v1/events", filters, left):
                if row["raw_body"] is not None:
                    _keep(out, _of_event(row))


def _from_port(out: IO[str], port: int, forward_to: str | None, count: int | None) -> None:
    from dastak.cli.desk.recording import Stop
    from dastak.cli.desk.sending import RefusedUrlError, target

    left = [count]

    def keep(one: Recorded) -> None:
        if left[0] == 0:
            return
        _keep(out, one)
        if left[0] is not None:
            left[0] -= 1
            if left[0] == 0:
                listening.shutdown()

    try:
        listening = Stop(port, target(forward_to) if forward_to else None, keep).server()
    except (RefusedUrlError, OSError) as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None
    with listening, suppress(KeyboardInterrupt):
        complain.print(f"Recording what comes to http://127.0.0.1:{listening.server_address[1]}. Ctrl-C ends.")
        listening.serve_forever(poll_interval=0.05)


def _of_event(row: dict[str, Any]) -> Recorded:
    headers = (
        ("content-type", "application/json"),
        ("x-webhook-attempt", "1"),
        ("webhook-id", str(row["id"])),
        ("x-dastak-journey", str(row["journey_id"])),
        ("x-dastak-sequence", str(row["sequence"])),
    )
    return Recorded(str(row["occurred_at"]), headers, str(row["raw_body"]).encode())


def _keep(out: IO[str], one: Recorded) -> None:
    out.write(one.line() + "\n")
    out.flush()
    told = one.type or f"{len(one.body)} bytes that are no event"
    answered = "" if one.status is None else f"  {one.status}"
    Console(soft_wrap=True).print(escape(f"{one.at[11:19]}  {told}{answered}".rstrip()), highlight=False)


@contextmanager
def _appending(file: Path) -> Iterator[IO[str]]:
    """The file, with its first line; nobody else's file is added to."""
    try:
        if file.exists() and file.stat().st_size:
            with file.open(encoding="utf-8") as lines:
                for _ in read_recorded(lines):
                    pass
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
    except (OSError, UnreadableRecordError, UnicodeDecodeError) as problem:
        complain.print(f"[red]{escape(str(file))}: {escape(str(problem))}[/red]")
        raise typer.Exit(2) from None
    with os.fdopen(opened, "a", encoding="utf-8") as out:
        if not os.fstat(opened).st_size:
            out.write(FIRST_LINE + "\n")
        yield out
