"""Every path of the REST API but those of Video KYC, in one table.

In: the handlers and the gate. Out: Starlette routes for `app.build` to mount.
"""

from starlette.routing import Route

from dastak.accounts.deed import Deed
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
        ("POST", "/verification/form", form.create, Deed.JOURNEY_MADE),
        ("GET", "/verification/form", form.read, Deed.DATA_READ),
        ("POST", "/verification/form/static-link", form.create_static, Deed.STATIC_LINK_OPENED),
        ("DELETE", "/verification/form/static-link", form.delete_static, Deed.STATIC_LINK_CLOSED),
        ("POST", "/api/v1/webhook-endpoints", endpoints.add, Deed.WEBHOOK_ADDED),
        ("GET", "/api/v1/webhook-endpoints", endpoints.list, None),
        ("GET", one, endpoints.read, None),
        ("PATCH", one, endpoints.change, Deed.WEBHOOK_CHANGED),
        ("DELETE", one, endpoints.delete, Deed.WEBHOOK_DELETED),
        ("POST", f"{one}/disable", endpoints.disable, Deed.WEBHOOK_DISABLED),
        ("POST", f"{one}/enable", endpoints.enable, Deed.WEBHOOK_ENABLED),
        ("POST", f"{one}/test", endpoints.test, None),
        ("POST", f"{one}/rotate-secret", endpoints.rotate, Deed.WEBHOOK_SECRET_ROTATED),
        ("GET", "/api/v1/events", history.events, Deed.DATA_READ),
        ("GET", "/api/v1/events/{event_id}", history.event, Deed.DATA_READ),
        ("GET", "/api/v1/deliveries", history.deliveries, None),
        ("GET", "/api/v1/deliveries/{delivery_id}", history.delivery, Deed.DATA_READ),
        ("POST", "/api/v1/deliveries/{delivery_id}/resend", history.resend, Deed.DELIVERY_RESENT),
        ("POST", "/api/v1/replays", replays.create, Deed.REPLAY_BEGUN),
        ("GET", "/api/v1/replays", replays.list, None),
        ("GET", "/api/v1/replays/{replay_id}", replays.read, None),
        ("POST", "/api/v1/replays/{replay_id}/cancel", replays.cancel, Deed.REPLAY_CANCELLED),
        ("GET", "/api/v1/templates", templates.list, None),
        ("PUT", "/api/v1/templates/{name}", templates.put, Deed.TEMPLATE_CHANGED),
        ("DELETE", "/api/v1/templates/{name}", templates.delete, Deed.TEMPLATE_REMOVED),
        ("POST", "/api/v1/operators", operators.create, Deed.OPERATOR_ADDED),
        ("GET", "/api/v1/operators", operators.list, None),
        ("GET", operator, operators.read, None),
        ("PATCH", operator, operators.change, Deed.OPERATOR_CHANGED),
        ("POST", f"{operator}/activate", operators.activate, Deed.OPERATOR_ACTIVATED),
        ("POST", f"{operator}/deactivate", operators.deactivate, Deed.OPERATOR_DEACTIVATED),
        ("PUT", f"{operator}/availability", operators.set_availability, Deed.OPERATOR_CHANGED),
        ("POST", "/api/v1/sandbox/acts", rehearsal.act, Deed.JOURNEY_REHEARSED),
    ]
    return routes_of(gate, table)
