"""`dastak events`: what happened at a running server: a list, one whole, or what comes next.

In: the server, the merchant's key, filters. Out: a line or a JSON object for each event.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dastak.cli.with_server import (
    ClientId,
    ClientSecret,
    Json,
    Most,
    ServerUrl,
    Since,
    Until,
    VerificationId,
    asking,
    chosen,
    print_json,
)


def events(
    server: ServerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    event: Annotated[str | None, typer.Argument(help="An event's id: show it whole, with its deliveries.")] = None,
    event_type: Annotated[str | None, typer.Option("--type", help="Events of this type only.")] = None,
    verification_id: VerificationId = None,
    journey_id: Annotated[str | None, typer.Option("--journey-id", help="Of this journey only.")] = None,
    since: Since = None,
    until: Until = None,
    after: Annotated[str | None, typer.Option("--after", help="Begin after this cursor.")] = None,
    limit: Most = 50,
    is_following: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    as_json: Json = False,
) -> None:
    """List a merchant's events, oldest first, or show one.

    Exit code 0, or 2 when the server refuses.
    """
    from dastak.cli.desk.asking import named
    from dastak.cli.desk.following import EVENTS

    with asking(server, client_id, client_secret) as asked:
        if event is not None:
            _show_one(
                asked.ask("GET", named(EVENTS, event)),
                list(asked.rows("/api/v1/deliveries", {"event_id": event}, limit)),
                as_json=as_json,
            )
            return
        filters = chosen(
            type=event_type, verification_id=verification_id, journey_id=journey_id, since=since, until=until
        )
        if is_following:
            _follow(asked, filters, after or "0", as_json=as_json)
            return
        for row in asked.rows(EVENTS, filters | ({"after": after} if after else {}), limit):
            _show(row, as_json=as_json)


def _follow(asked: Any, filters: Mapping[str, str], after: str, *, as_json: bool) -> None:
    from dastak.cli.desk.following import Lost, beginning, follow
    from dastak.cli.failing import complain

    try:
        for one in follow(asked, beginning(asked, after, filters), filters):
            if isinstance(one, Lost):
                complain.print(f"[yellow]{escape(one.told)}[/yellow]")
            else:
                _show(one.row, as_json=as_json)
    except KeyboardInterrupt:
        return


def _show(row: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    at = str(row["occurred_at"])[:19].replace("T", " ")
    whose = f"{row['verification_id']} #{row['sequence']}"
    Console(soft_wrap=True).print(escape(f"{at}  {row['id']}  {row['type']}  {whose}"), highlight=False)


def _show_one(row: Mapping[str, Any], deliveries: list[dict[str, Any]], *, as_json: bool) -> None:
    from dastak.cli.deliveries import line_of

    if as_json:
        print_json({**row, "deliveries": deliveries})
        return
    console = Console(soft_wrap=True)
    for name in ("id", "type", "verification_id", "sequence", "journey_id", "occurred_at", "trace_id"):
        if row[name] is not None:
            console.print(f"[bold]{name:<16}[/bold]{escape(str(row[name]))}", highlight=False)
    body = "It is no longer kept." if row["body"] is None else json.dumps(row["body"], indent=2, ensure_ascii=False)
    console.print(f"\n[bold]Body[/bold]\n{escape(body)}\n\n[bold]Deliveries[/bold]", highlight=False)
    for delivery in deliveries:
        console.print(line_of(delivery), highlight=False)
    if not deliveries:
        console.print("None: no endpoint of yours wanted it when it happened.")
