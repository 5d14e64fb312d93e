"""`dastak deliveries`: what is owed to which endpoint, and how it stands: a list, or one with its attempts.

In: the server, the merchant's key, filters. Out: a line or a JSON object for each delivery.
"""

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
    Until,
    VerificationId,
    asking,
    chosen,
    print_json,
)

DELIVERIES = "/api/v1/deliveries"
COLOURS: Mapping[str, str] = {"delivered": "green", "pending": "yellow", "given_up": "red", "cancelled": "dim"}


def deliveries(
    server: ServerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    delivery: Annotated[str | None, typer.Argument(help="A delivery's id: show it with its attempts.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="`pending`, `delivered`, `given_up` or `cancelled` only.")
    ] = None,
    endpoint_id: Annotated[str | None, typer.Option("--endpoint-id", help="To this endpoint only.")] = None,
    event_id: Annotated[str | None, typer.Option("--event-id", help="Of this event only.")] = None,
    verification_id: VerificationId = None,
    since: Annotated[str | None, typer.Option("--since", help="Finished from then on; as in `dastak events`.")] = None,
    until: Until = None,
    after: Annotated[str | None, typer.Option("--after", help="Begin after this cursor.")] = None,
    limit: Most = 50,
    as_json: Json = False,
) -> None:
    """List deliveries, oldest first, or show one with its attempts.

    Exit code 0, or 2 when the server refuses.
    """
    from dastak.cli.desk.asking import named

    with asking(server, client_id, client_secret) as asked:
        if delivery is not None:
            _show_one(asked.ask("GET", named(DELIVERIES, delivery)), as_json=as_json)
            return
        filters = chosen(
            state=state,
            endpoint_id=endpoint_id,
            event_id=event_id,
            verification_id=verification_id,
            since=since,
            until=until,
            after=after,
        )
        for row in asked.rows(DELIVERIES, filters, limit):
            if as_json:
                print_json(row)
            else:
                Console(soft_wrap=True).print(line_of(row), highlight=False)


def line_of(row: Mapping[str, Any]) -> str:
    """A delivery in a line, as markup."""
    colour = COLOURS.get(row["state"], "default")
    tries = f"{row['attempts']} attempt{'' if row['attempts'] == 1 else 's'}"
    whose = f"{row['event_type']}  {row['verification_id']} #{row['sequence']}"
    last = f"  {row['last_reason'] or row['last_status']}" if row["last_reason"] or row["last_status"] else ""
    due = f"  next {str(row['next_attempt_at'])[11:19]}" if row["next_attempt_at"] else ""
    told = escape(f"{row['id']}  {whose}  {tries}{last}{due}")
    return f"[{colour}]{row['state']:<9}[/{colour}]  {told}"


def _show_one(row: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    console = Console(soft_wrap=True)
    console.print(line_of(row), highlight=False)
    console.print(escape(f"event {row['event_id']}, to endpoint {row['endpoint_id']}"), highlight=False)
    for attempt in row["attempt_log"]:
        console.print(_attempt(attempt), highlight=False)
    if not row["attempt_log"]:
        console.print("No attempt is on record.")


def _attempt(attempt: Mapping[str, Any]) -> str:
    """Both sides of the exchange, as markup."""
    took = attempt["timings_ms"]
    told = attempt["status"] or attempt["reason"]
    first = f"Attempt {attempt['number']}  {attempt['started_at']}  {told}  {took['total']:.0f} ms"
    sent = "".join(f"\n  > {name}: {value}" for name, value in attempt["request_headers"])
    came = "".join(f"\n  < {name}: {value}" for name, value in attempt["answer_headers"])
    text = "".join(f"\n  < {line}" for line in attempt["answer_body"].splitlines())
    return f"\n[bold]{escape(first)}[/bold]{escape(sent)}{escape(came)}{escape(text)}"
