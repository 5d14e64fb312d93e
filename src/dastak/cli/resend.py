"""`dastak resend`: sends deliveries again, the same bytes and id, and waits for what comes of it.

In: ids of deliveries, or of events for all their deliveries. Out: a line for each; 0 when all were delivered.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from dastak.cli.deliveries import line_of
from dastak.cli.failing import complain
from dastak.cli.with_server import ClientId, ClientSecret, Json, ServerUrl, asking, print_json

if TYPE_CHECKING:
    from dastak.cli.desk.asking import Server


def resend(
    ids: Annotated[
        list[str], typer.Argument(help="Deliveries (`dlv_…`), or events (`evt_…`): all deliveries of them.")
    ],
    server: ServerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    wait: Annotated[
        float,
        typer.Option("--wait", min=0, max=600, help="How many seconds to wait for the next attempt; 0: not at all."),
    ] = 30,
    as_json: Json = False,
) -> None:
    """Send deliveries again: a new round of attempts with the same bytes and the same id.

    Exit code 0 when all were delivered (with --wait 0: accepted), 1 when one was not, 2 when the server refuses.
    """
    with asking(server, client_id, client_secret) as asked:
        outcomes = [_again(asked, delivery, wait, as_json=as_json) for delivery in _wanted(asked, ids)]
    if not outcomes:
        complain.print("[yellow]Nothing to send again: these events were owed to no endpoint.[/yellow]")
    raise typer.Exit(0 if outcomes and all(outcomes) else 1)


def _wanted(asked: "Server", ids: Sequence[str]) -> Iterator[str]:
    from dastak.cli.desk.resending import deliveries_of

    for one in ids:
        yield from deliveries_of(asked, one) if one.startswith("evt_") else (one,)


def _again(asked: "Server", delivery: str, wait: float, *, as_json: bool) -> bool:
    """Whether it went well."""
    from dastak.cli.desk.asking import refused
    from dastak.cli.desk.resending import outcome, settled_attempts
    from dastak.cli.desk.resending import resend as ask_for_it

    before = settled_attempts(asked, delivery)
    answer = ask_for_it(asked, delivery)
    if not answer.is_accepted:
        _show({"id": delivery, "problem": refused(answer)}, as_json=as_json)
        return False
    row = outcome(asked, delivery, before, wait)
    _show(row, as_json=as_json)
    return row["state"] == "delivered" or not wait


def _show(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
    elif "problem" in row:
        complain.print(f"[red]{escape(row['id'])}: {escape(row['problem'])}[/red]")
    else:
        Console(soft_wrap=True).print(line_of(row), highlight=False)
