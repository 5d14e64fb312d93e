"""`dastak member`: makes a merchant's first owner, lists and disables members of its dashboard."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from dastak.accounts.deed import Deed
from dastak.accounts.member import (
    MOST_MEMBERS,
    LastOwner,
    Member,
    MemberEmailTaken,
    MemberNotFound,
    Role,
    TooManyMembers,
)
from dastak.accounts.member_registry import MemberChange, MemberRegistry
from dastak.accounts.person import NAME_LIMIT, is_address, is_name
from dastak.cli.failing import settings_or_exit
from dastak.cli.merchant_store import Refusals, in_store, noted

app = typer.Typer(
    help="Members of a merchant's dashboard (with SQLite stop the server first: its file has one user at a time)."
)

T = TypeVar("T")

MerchantId = Annotated[
    str, typer.Option("--merchant", help="The merchant's id, `mer_…`, as `dastak merchant list` shows it.")
]

REFUSALS: Refusals = {
    MemberNotFound: "There is no such member.[/red] See [bold]dastak member list[/bold].",
    MemberEmailTaken: "Another member of this merchant has that address.[/red] See [bold]dastak member list[/bold].",
    TooManyMembers: f"A merchant can have {MOST_MEMBERS} members.[/red]",
    LastOwner: "This is the merchant's last owner.[/red] Add another with [bold]dastak member add[/bold] first.",
}


@app.command("add")
def add(
    merchant: MerchantId,
    email: Annotated[str, typer.Option("--email", help="Where sign-in codes are sent.")],
    role: Annotated[Role, typer.Option("--role", help="What the member may do; an owner may invite others.")],
    name: Annotated[
        str, typer.Option("--name", help="As colleagues see it; the address's first part if left out.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Make a member, who can sign in at once, and print where. A merchant's first owner is made so."""
    if not is_address(email):
        raise typer.BadParameter("give a plain e-mail address such as name@example.com", param_hint="--email")
    shown = " ".join(name.split()) or email.partition("@")[0]
    if not is_name(shown):
        raise typer.BadParameter(f"give a name of 1 to {NAME_LIMIT} printable characters", param_hint="--name")

    async def create(registry: MemberRegistry) -> Member:
        with noted(merchant, Deed.MEMBER_ADDED, role=role):
            return await registry.create(merchant, shown, email, role)

    made = _run(merchant, create)
    sign_in = f"{settings_or_exit().public_url}/dashboard/sign-in?merchant={merchant}"
    if as_json:
        print(json.dumps({"member_id": made.id, "sign_in_url": sign_in}))  # noqa: T201 - plain text for a pipe
        return
    table = Table("", "", show_header=False, box=None)
    table.add_row("member", f"{made.id} ({escape(made.name)})")
    table.add_row("role", made.role.value)
    Console().print(table)
    Console().print(f" Signs in at {sign_in}", soft_wrap=True, highlight=False)  # whole, to be copied


@app.command("list")
def list_members(merchant: MerchantId) -> None:
    """List a merchant's members."""
    table = Table(Column("member", no_wrap=True), "name", Column("e-mail", overflow="fold"), "role", "")
    for one in _run(merchant, lambda registry: registry.list(merchant)):
        state = "" if one.active else "disabled"
        table.add_row(one.id, escape(one.name), escape(one.email), one.role.value, state)
    Console().print(table)


@app.command("disable")
def disable(
    merchant: MerchantId,
    member: Annotated[str, typer.Argument(help="The member's id, `mem_…`.")],
) -> None:
    """Sign a member out everywhere and let them in no more. What they did stays in the audit log."""

    async def change(registry: MemberRegistry) -> Member:
        with noted(merchant, Deed.MEMBER_DISABLED):
            return await registry.change(merchant, member, MemberChange(active=False))

    done = _run(merchant, change)
    Console().print(f"{escape(done.name)} is disabled.")


def _run(merchant_id: str, act: Callable[[MemberRegistry], Awaitable[T]]) -> T:
    from dastak.app.build import members_in

    return in_store(merchant_id, lambda store: act(members_in(store)), REFUSALS)
