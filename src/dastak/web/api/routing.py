"""From a table of operations to routes: each behind the gate, one route per path.

In: method, path and handler of each operation. Out: Starlette routes. Called by the modules that hold such a table.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dastak.accounts.deed import Deed
from dastak.web.api.caller import Gate
from dastak.web.api.noting import MerchantHandler

Operation: TypeAlias = tuple[str, str, MerchantHandler, Deed | None]
"""Method, path, handler, and its name in the audit log; None: it is not noted (`docs/decisions/0043-every-view.md`)."""
Handler = Callable[[Request], Awaitable[Response]]


def routes_of(gate: Gate, table: Sequence[Operation]) -> list[Route]:
    """The table's routes; an operation is counted and limited under `METHOD path`."""
    by_path: dict[str, dict[str, Handler]] = {}
    for method, path, handler, deed in table:
        by_path.setdefault(path, {})[method] = gate.open_to(f"{method} {path}", handler, deed)
    return [_route(path, handlers) for path, handlers in by_path.items()]


def _route(path: str, handlers: Mapping[str, Handler]) -> Route:
    """One route per path: so a 405 names every method that the path takes."""

    async def handle(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, handle, methods=list(handlers))
