"""`dastak listen`: a merchant's events straight from a running server, shown and forwarded as they happen.

In: the server's address, the merchant's key, and where to forward. Out: on a terminal a screen with keys, else a line
for each event, until Ctrl-C. It asks by the pull API, so neither side needs a public address.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape

from dastak.cli.failing import complain
from dastak.cli.with_server import ClientId, ClientSecret, Json, ServerUrl, asking, print_json

if TYPE_CHECKING:
    from dastak.cli.desk.asking import Server
    from dastak.cli.desk.board import Line
    from dastak.cli.desk.following import Lost, Pulled
    from dastak.cli.desk.sending import Target
    from dastak.cli.desk.signer import Signer


class Way(NamedTuple):
    """Where events are forwarded, and signed by what."""

    to: "Target"
    signer: "Signer"


def listen(
    server: ServerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    forward_to: Annotated[
        str | None, typer.Option("--forward-to", help="Your handler: https, or http on this machine.")
    ] = None,
    secret: Annotated[
        str | None, typer.Option("--secret", help="A whsec_ secret by which forwarded events are signed as well.")
    ] = None,
    event_type: Annotated[
        list[str] | None, typer.Option("--type", help="Events of this type only; repeat it for more.")
    ] = None,
    verification_id: Annotated[str | None, typer.Option("--verification-id", help="Of this customer only.")] = None,
    journey_id: Annotated[str | None, typer.Option("--journey-id", help="Of this journey only.")] = None,
    after: Annotated[
        str,
        typer.Option("--after", help="A cursor to begin at; `0` is the first event, `latest` the next one to come."),
    ] = "latest",
    count: Annotated[int | None, typer.Option("--count", min=1, help="End after so many events.")] = None,
    is_plain: Annotated[bool, typer.Option("--plain", help="Lines only, also on a terminal.")] = False,
    as_json: Json = False,
) -> None:
    """Show a merchant's events as they happen, and forward them, signed, to a handler on this machine.

    On a terminal: choose an event with the arrows, Enter shows it whole, r sends it to your handler again, s lets the
    server resend it, q ends. What a handler refuses is shown and not sent again. Reconnects by itself, from where it
    was. Exit code 0 on Ctrl-C and after --count, 2 when the server does not let it listen.
    """
    from dastak.cli.desk.following import LATEST, Lost, beginning, follow
    from dastak.cli.desk.sending import RefusedUrlError, target
    from dastak.cli.desk.signer import signer
    from dastak.cli.keys import has_keys

    types = event_type or []
    given = {"type": types[0] if len(types) == 1 else None}
    given |= {"verification_id": verification_id, "journey_id": journey_id}
    filters = {name: value for name, value in given.items() if value}
    with suppress(KeyboardInterrupt), asking(server, client_id, client_secret) as asked:
        try:
            way = Way(target(forward_to), signer([client_secret, secret or ""])) if forward_to else None
        except (RefusedUrlError, ValueError) as problem:
            complain.print(f"[red]{escape(str(problem))}[/red]")
            raise typer.Exit(2) from None
        cursor = beginning(asked, after, filters)

        def seen() -> Iterator["Line | Lost"]:
            for one in follow(asked, cursor, filters):
                if isinstance(one, Lost):
                    yield one
                elif not types or one.type in types:
                    yield _forwarded(one, way)

        if has_keys() and not (as_json or is_plain):
            _on_a_screen(asked, seen, way, count, from_where="now" if after == LATEST else f"cursor {cursor}")
        else:
            complain.print(f"Listening, from cursor {escape(cursor)}. Ctrl-C ends.")
            _in_lines(seen(), count, as_json=as_json)


def _in_lines(seen: Iterator["Line | Lost"], left: int | None, *, as_json: bool) -> None:
    from dastak.cli.board_view import line_of
    from dastak.cli.desk.board import Line

    for one in seen:
        if not isinstance(one, Line):
            complain.print(f"[yellow]{escape(one.told)}[/yellow]")
            continue
        if as_json:
            print_json(_values(one))
        else:
            Console(soft_wrap=True).print(line_of(one), highlight=False)
        left = None if left is None else left - 1
        if left == 0:
            return


def _on_a_screen(
    asked: "Server", seen: Callable[[], "Iterator[Line | Lost]"], way: Way | None, count: int | None, *, from_where: str
) -> None:
    from dastak.cli.listen_screen import Screen

    to = f" → {way.to.url}" if way else ""
    title = f"dastak listen  {asked.base.url}{to}  from {from_where}"

    def again(line: "Line") -> "Line":
        return _forwarded(line.event, way, line)

    Screen(title, seen, again, lambda line: _resent(asked, line.event)).run(count)


def _resent(asked: "Server", event: "Pulled") -> str:
    """Let the server send the event's deliveries again; what it said."""
    from dastak.cli.desk.asking import AskError
    from dastak.cli.desk.resending import resend_event

    try:
        count, problem = resend_event(asked, event.id)
    except AskError as error:
        return str(error)
    if problem:
        return problem
    return f"The server sends it again, to {count} of your endpoints." if count else "No endpoint of yours wanted it."


def _forwarded(event: "Pulled", way: Way | None, before: "Line | None" = None) -> "Line":
    """Send the event's own bytes on, signed afresh; as it was when there is nowhere or nothing to send."""
    from dastak.cli.desk.board import Line
    from dastak.cli.desk.sending import send

    line = before or Line(event)
    if way is None or event.body is None:
        return line
    attempt = line.times + 1
    place = (("x-dastak-journey", event.journey_id), ("x-dastak-sequence", str(event.sequence)))
    headers = (*way.signer.headers(event.body, time.time(), event.id, attempt), *place)
    return replace(line, sent=headers, answer=send(way.to, headers, event.body), times=attempt)


def _values(line: "Line") -> Mapping[str, object]:
    event, answer = line.event, line.answer
    return {
        "id": event.id,
        "type": event.type,
        "verification_id": event.verification_id,
        "journey_id": event.journey_id,
        "sequence": event.sequence,
        "occurred_at": event.occurred_at,
        "cursor": event.cursor,
        "raw_body": None if event.body is None else event.body.decode(),
        "forwarded": None if answer is None else {"status": answer.status, "problem": answer.problem},
    }
