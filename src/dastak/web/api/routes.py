"""Every path of the REST API but those of Video KYC, in one table.

In: the handlers and the gate. Out: Starlette routes for `app.build` to mount.
"""

from starlette.routing import Route

from dastak.web.api.caller import Gate
from dastak.web.api.history import HistoryApi
from dastak.web.api.kyc_link import FormApi
from dastak.web.api.operators import OperatorApi
from dastak.web.api.rehearsal import RehearsalApi
from dastak.web.api.replays import ReplayApi
from dastak.web.api.routing import Operation, routes_of
from dastak.web.api.templates import TemplateApi
from dastak.web.api.webhook_endpoints import EndpointApi


def api_routes(
    gate: Gate,
    form: FormApi,
    endpoints: EndpointApi,
    history: HistoryApi,
    templates: TemplateApi,
    replays: ReplayApi,
    operators: OperatorApi,
    rehearsal: RehearsalApi,
) -> list[Route]:
    """The contract's paths, then the management API."""
    one = "/api/v1/webhook-endpoints/{endpoint_id}"
    operator = "/api/v1/operators/{operator_id}"
    table: list[Operation] = [
        ("POST", "/verification/form", form.create),
        ("GET", "/verification/form", form.read),
        ("POST", "/verification/form/static-link", form.create_static),
        ("DELETE", "/verification/form/static-link", form.delete_static),
        ("POST", "/api/v1/webhook-endpoints", endpoints.add),
        ("GET", "/api/v1/webhook-endpoints", endpoints.list),
        ("GET", one, endpoints.read),
        ("PATCH", one, endpoints.change),
        ("DELETE", one, endpoints.delete),
        ("POST", f"{one}/disable", endpoints.disable),
        ("POST", f"{one}/enable", endpoints.enable),
        ("POST", f"{one}/test", endpoints.test),
        ("POST", f"{one}/rotate-secret", endpoints.rotate),
        ("GET", "/api/v1/events", history.events),
        ("GET", "/api/v1/events/{event_id}", history.event),
        ("GET", "/api/v1/deliveries", history.deliveries),
        ("GET", "/api/v1/deliveries/{delivery_id}", history.delivery),
        ("POST", "/api/v1/deliveries/{delivery_id}/resend", history.resend),
        ("POST", "/api/v1/replays", replays.create),
        ("GET", "/api/v1/replays", replays.list),
        ("GET", "/api/v1/replays/{replay_id}", replays.read),
        ("POST", "/api/v1/replays/{replay_id}/cancel", replays.cancel),
        ("GET", "/api/v1/templates", templates.list),
        ("PUT", "/api/v1/templates/{name}", templates.put),
        ("DELETE", "/api/v1/templates/{name}", templates.delete),
        ("POST", "/api/v1/operators", operators.create),
        ("GET", "/api/v1/operators", operators.list),
        ("GET", operator, operators.read),
        ("PATCH", operator, operators.change),
        ("POST", f"{operator}/activate", operators.activate),
        ("POST", f"{operator}/deactivate", operators.deactivate),
        ("PUT", f"{operator}/availability", operators.set_availability),
        ("POST", "/api/v1/sandbox/acts", rehearsal.act),
    ]
    return routes_of(gate, table)
