"""`dastak playback`: sends what `dastak record` wrote to a handler, in its order.

In: a file, a URL, the handler's secrets. Out: a line for each answer; 0 when all were accepted, 1 otherwise.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from dastak.cli.failing import complain
from dastak.cli.trigger import SECRET_HELP
from dastak.cli.with_server import Json, print_json
from dastak_sdk.recorded import Recorded, UnreadableRecordError, read_recorded


def playback(
    file: Annotated[Path, typer.Argument(help="What `dastak record` wrote.")],
    url: Annotated[str, typer.Argument(help="Your handler: https, or http on this machine.")],
    secret: Annotated[list[str] | None, typer.Option("--secret", envvar="CLIENT_SECRET", help=SECRET_HELP)] = None,
    is_as_recorded: Annotated[
        bool, typer.Option("--as-recorded", help="With the signatures of then, which a right handler finds too old.")
    ] = False,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Go on after an answer that is not 2xx.")] = False,
    as_json: Json = False,
) -> None:
    """Send recorded deliveries to a URL, signed afresh, each with its own id and bytes.

    Stops at the first answer that is not 2xx. Exit code 0 when all were accepted, 1 when not, 2 when it cannot begin.
    """
    from dastak.cli.desk.sending import RefusedUrlError, send, target
    from dastak.cli.desk.signer import signer

    try:
        to = target(url)
        signing = None if is_as_recorded else signer(secret or ())
        recorded = _read(file)
    except (RefusedUrlError, ValueError) as problem:
        complain.print(f"[red]{escape(str(problem))}[/red]")
        raise typer.Exit(2) from None
    secrets = [one for one in (signing.client, signing.standard) if one] if signing else []
    is_good = True
    for one in recorded:
        headers = one.resigned(secrets) if signing else one.sendable()
        answer = send(to, headers, one.body)
        is_good = is_good and answer.is_accepted
        if as_json:
            print_json({"id": one.id, "recorded": one.status, "status": answer.status, "problem": answer.problem})
        else:
            mark = "green" if answer.is_accepted else "red"
            told = f"[{mark}]{answer.status or '---'}[/{mark}]  {escape(one.type or f'{len(one.body)} bytes')}"
            took = f"{answer.seconds * 1000:.0f} ms  {escape(answer.problem)}"
            Console().print(f"{told}  {took}".rstrip(), highlight=False)
        if not answer.is_accepted and not keep_going:
            break
    raise typer.Exit(0 if is_good else 1)


def _read(file: Path) -> list[Recorded]:
    """What the file holds. Raises `UnreadableRecordError`, which says in which file."""
    try:
        with file.open(encoding="utf-8") as lines:
            recorded = list(read_recorded(lines))
    except (UnreadableRecordError, OSError) as problem:
        raise UnreadableRecordError(f"{file}: {problem}") from None
    except UnicodeDecodeError:
        raise UnreadableRecordError(f"{file} is no text: give a file that `dastak record` wrote.") from None
    if not recorded:
        raise UnreadableRecordError(f"{file} holds no delivery, so that there is nothing to send.")
    return recorded
