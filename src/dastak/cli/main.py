"""The command `dastak`: gathers the commands, one file each.

In: the command line. Out: an exit code. Errors that a person can mend are one plain sentence, never a traceback.
"""

import sys

import typer
from rich.console import Console

from dastak import __version__
from dastak.cli import (
    audit,
    check,
    deliveries,
    doctor,
    events,
    listen,
    member,
    merchant,
    migrate,
    operator,
    playback,
    record,
    replay,
    resend,
    serve,
    trigger,
    verify,
)

app = typer.Typer(
    help="Dastak: a self-hosted KYC server. Every step of a KYC Link reaches the merchant as a signed webhook.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("web")(serve.web)
app.command("dispatch")(serve.dispatch)
app.command("clock")(serve.clock)
app.command("video")(serve.video)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.command("verify")(verify.verify)
app.command("check")(check.check)
app.command("trigger")(trigger.trigger)
app.command("listen")(listen.listen)
app.command("events")(events.events)
app.command("deliveries")(deliveries.deliveries)
app.command("resend")(resend.resend)
app.command("replay")(replay.replay)
app.command("record")(record.record)
app.command("playback")(playback.playback)
app.add_typer(merchant.app, name="merchant")
app.add_typer(audit.app, name="audit")
app.add_typer(member.app, name="member")
app.add_typer(operator.app, name="operator")


def _show_version(wanted: bool) -> None:
    if wanted:
        Console().print(f"dastak {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Dastak: a self-hosted KYC server. Settings come from DASTAK_* variables; `dastak doctor` checks them."""


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except BrokenPipeError:
        sys.exit(1)
