"""Whoever may stand in the audit log, by name: members, keys, operators, and the others who have no name of their own.

In: the merchant. Out: names by id, in groups. The page and its filter use them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from dastak.accounts.audit import CLI, LINK, SERVER
from dastak.accounts.operator import Operator
from dastak.web.dashboard.door import Door

Operators = Callable[[str], Awaitable[Sequence[Operator]]]
"""Of a merchant."""
OTHERS: Mapping[str, str] = {
    CLI: "The server's command line",
    SERVER: "The server itself",
    LINK: "Whoever holds a recording's link",
}


async def actors(door: Door, operators: Operators, merchant_id: str) -> Mapping[str, Mapping[str, str]]:
    """Group → id → name."""
    keys = (await door.accounts.merchant(merchant_id)).keys
    return {
        "Members": _by_name({one.id: one.name for one in await door.registry.list(merchant_id)}),
        "API keys": {key.client_id: f"Key {key.label or key.client_id}" for key in keys},
        "Operators": _by_name({one.id: one.name for one in await operators(merchant_id)}),
        "Others": OTHERS,
    }


def _by_name(names: Mapping[str, str]) -> Mapping[str, str]:
    return dict(sorted(names.items(), key=lambda one: one[1].casefold()))
