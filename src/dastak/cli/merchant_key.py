"""`dastak merchant key`: a merchant's pairs of client id and secret.

In: a merchant, a client id. Out: keys made, rotated, revoked or chosen to sign. A secret is printed once, when it is
made.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from dastak.accounts.deed import Deed
from dastak.accounts.key_desk import KeyDesk
from dastak.accounts.key_ring import (
    DEFAULT_OVERLAP,
    LABEL_LIMIT,
    LONGEST_OVERLAP,
    MOST_KEYS,
    KeyEnded,
    KeyNotFound,
    KeyRotated,
    LastKey,
    TooManyKeys,
)
from dastak.accounts.merchant import ApiKey, Merchant
from dastak.cli.merchant_store import Refusals, in_store, noted

app = typer.Typer(
    help="Make, rotate and revoke a merchant's API keys (with SQLite stop the server first: its file has one user "
    "at a time)."
)

T = TypeVar("T")

MerchantId = Annotated[str, typer.Argument(help="The merchant's id, `mer_…`, as `dastak merchant list` shows it.")]
ClientId = Annotated[str, typer.Argument(help="The key's client id, `dk_…`, as `dastak merchant key list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

REFUSALS: Refusals = {
    KeyNotFound: "The merchant has no such key.[/red] See [bold]dastak merchant key list[/bold].",
    KeyEnded: "That key has ended.[/red] See [bold]dastak merchant key list[/bold].",
    KeyRotated: "That key was rotated already.[/red] Rotate the key that took its place, or revoke this one.",
    LastKey: "No other key would last.[/red] Make another one first, or rotate this one with --overlap-hours 0.",
    TooManyKeys: f"A merchant can have {MOST_KEYS} keys in use.[/red] Revoke one first.",
}


@app.command("list")
def list_keys(merchant: MerchantId) -> None:
    """List a merchant's keys, without secrets, and say which one signs webhooks."""
    kept = _run(merchant, lambda desk: desk.keys(merchant))
    now = datetime.now(UTC)
    signs = kept.signing_key(now)
    table = Table(Column("client id", no_wrap=True), "label", "made", "last used", "state")
    for key in kept.keys:
        state = "signs webhooks, " * (key is signs) + _state(key, now)
        table.add_row(key.client_id, escape(key.label), _moment(key.created_at), _moment(key.last_used_at), state)
    Console().print(table)


@app.command("create")
def create(
    merchant: MerchantId,
    label: Annotated[str, typer.Option("--label", help="What you call it, such as 'Loan app'.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make one more key and print its secret, once. Webhooks go on being signed with the key that signs now."""
    shown = " ".join(label.split())
    if len(shown) > LABEL_LIMIT or not shown.isprintable():
        raise typer.BadParameter(f"give at most {LABEL_LIMIT} printable characters", param_hint="--label")

    async def act(desk: KeyDesk) -> ApiKey:
        with noted(merchant, Deed.KEY_MADE):
            return await desk.create(merchant, shown)

    _show(_run(merchant, act), as_json=as_json)


@app.command("rotate")
def rotate(
    merchant: MerchantId,
    client_id: ClientId,
    overlap_hours: Annotated[
        int,
        typer.Option(
            min=0,
            max=int(LONGEST_OVERLAP.total_seconds()) // 3600,
            help="How long the old key goes on working, and signing if it signs. 0: it ends at once.",
        ),
    ] = int(DEFAULT_OVERLAP.total_seconds()) // 3600,
    as_json: AsJson = False,
) -> None:
    """Make a key in the place of another, which ends after the overlap; then the new one signs in its stead."""
    overlap = timedelta(hours=overlap_hours)

    async def act(desk: KeyDesk) -> ApiKey:
        with noted(merchant, Deed.KEY_ROTATED, client_id):
            return await desk.rotate(merchant, client_id, overlap)

    _show(_run(merchant, act), as_json=as_json)


@app.command("revoke")
def revoke(merchant: MerchantId, client_id: ClientId) -> None:
    """Take a key out of use at once. The last one that would last cannot be revoked."""
    _change(merchant, Deed.KEY_REVOKED, client_id, lambda desk: desk.revoke(merchant, client_id))


@app.command("sign")
def sign(merchant: MerchantId, client_id: ClientId) -> None:
    """Choose the key whose secret signs webhooks (`x-webhook-signature`) from now on."""
    _change(merchant, Deed.KEY_SIGNS, client_id, lambda desk: desk.sign_with(merchant, client_id))


def _show(key: ApiKey, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"client_id": key.client_id, "client_secret": key.client_secret}))  # noqa: T201 - for a pipe
        return
    table = Table("", "", show_header=False, box=None)
    table.add_row("x-client-id", key.client_id)
    table.add_row("x-client-secret", key.client_secret)
    Console().print(table)
    Console().print("The secret is not shown again.")


def _change(merchant_id: str, deed: Deed, client_id: str, change: Callable[[KeyDesk], Awaitable[Merchant]]) -> None:
    """Do it, note it, and say which key signs then."""
    now = datetime.now(UTC)

    async def act(desk: KeyDesk) -> Merchant:
        with noted(merchant_id, deed, client_id):
            return await change(desk)

    merchant = _run(merchant_id, act)
    Console().print(f"Webhooks are signed with {merchant.signing_key(now).client_id}.")


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {_moment(key.revoked_at)}"
    if key.ends_at is None:
        return "in use"
    return f"{'ends' if key.is_active(now) else 'ended'} {_moment(key.ends_at)}"


def _moment(at: datetime | None) -> str:
    return "not yet" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def _run(merchant_id: str, act: Callable[[KeyDesk], Awaitable[T]]) -> T:
    from dastak.app.build import keys_in

    return in_store(merchant_id, lambda store: act(keys_in(store)), REFUSALS)
