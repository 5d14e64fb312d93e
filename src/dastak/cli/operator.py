"""`dastak operator`: makes, lists and deactivates a merchant's operators."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from dastak.accounts.deed import Deed
from dastak.accounts.operator import MOST_OPERATORS, EmailTaken, Operator, OperatorNotFound, Role, TooManyOperators
from dastak.accounts.operator_registry import OperatorChange, OperatorRegistry
from dastak.accounts.person import EMAIL, EMAIL_LIMIT, NAME, NAME_LIMIT
from dastak.cli.failing import settings_or_exit
from dastak.cli.merchant_store import Refusals, in_store, noted

app = typer.Typer(
    help="Agents and auditors of Video KYC (with SQLite stop the server first: its file has one user at a time)."
)

T = TypeVar("T")

MerchantId = Annotated[str, typer.Argument(help="The merchant's id, `mer_…`, as `dastak merchant list` shows it.")]

REFUSALS: Refusals = {
    OperatorNotFound: "There is no such operator.[/red] See [bold]dastak operator list[/bold].",
    EmailTaken: "Another operator of this merchant has that address.[/red]",
    TooManyOperators: f"A merchant can have {MOST_OPERATORS} operators.[/red]",
}


@app.command("add")
def add(
    merchant: MerchantId,
    name: Annotated[str, typer.Argument(help="The operator's name, such as 'Meera Nair'.")],
    email: Annotated[str, typer.Argument(help="Where sign-in codes are sent.")],
    role: Annotated[list[Role], typer.Option("--role", help="`agent` or `auditor`; repeat it for both.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Make an operator, who can sign in at once, and print where."""
    shown = " ".join(name.split())
    if len(shown) > NAME_LIMIT or not shown.isprintable() or not NAME.fullmatch(shown):
        raise typer.BadParameter(f"give a name of 1 to {NAME_LIMIT} printable characters", param_hint="NAME")
    if len(email) > EMAIL_LIMIT or not EMAIL.fullmatch(email):
        raise typer.BadParameter("give a plain e-mail address such as name@example.com", param_hint="EMAIL")

    async def create(registry: OperatorRegistry) -> Operator:
        with noted(merchant, Deed.OPERATOR_ADDED, roles=" ".join(role)):
            return await registry.create(merchant, shown, email, role)

    made = _run(merchant, create)
    sign_in = f"{settings_or_exit().public_url}/console/sign-in?merchant={merchant}"
    if as_json:
        print(json.dumps({"operator_id": made.id, "sign_in_url": sign_in}))  # noqa: T201 - plain text for a pipe
        return
    table = Table("", "", show_header=False, box=None)
    table.add_row("operator", f"{made.id} ({escape(made.name)})")
    table.add_row("roles", ", ".join(made.roles))
    Console().print(table)
    Console().print(f" Signs in at {sign_in}", soft_wrap=True, highlight=False)  # whole, to be copied


@app.command("list")
def list_operators(merchant: MerchantId) -> None:
    """List a merchant's operators."""
    table = Table(Column("operator", no_wrap=True), "name", Column("e-mail", overflow="fold"), "roles", "")
    for one in _run(merchant, lambda registry: registry.list(merchant)):
        state = "" if one.active else "deactivated"
        table.add_row(one.id, escape(one.name), escape(one.email), ", ".join(one.roles), state)
    Console().print(table)


@app.command("deactivate")
def deactivate(
    merchant: MerchantId,
    operator: Annotated[str, typer.Argument(help="The operator's id, `opr_…`.")],
) -> None:
    """Sign an operator out everywhere and let them in no more. What they did stays."""

    async def change(registry: OperatorRegistry) -> Operator:
        with noted(merchant, Deed.OPERATOR_DEACTIVATED):
            return await registry.change(merchant, operator, OperatorChange(active=False))

    done = _run(merchant, change)
    Console().print(f"{escape(done.name)} is deactivated.")


def _run(merchant_id: str, act: Callable[[OperatorRegistry], Awaitable[T]]) -> T:
    from dastak.app.build import operators_in

    return in_store(merchant_id, lambda store: act(operators_in(store)), REFUSALS)
