"""Write the parts of the docs that are facts of the code, between `<!-- generated: NAME -->` and `<!-- end -->`.

In: the tables of the code itself. Out: the pages of `docs/`, those parts replaced. Run by hand after a change;
`--check` (run by the tests) writes nothing and exits with 1 if a page is not what it would write.
"""  # noqa: INP001 - a script, not a package

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import typer.main

from dastak.accounts.member import Role
from dastak.accounts.permission import Action, may
from dastak.app.doctor import CHECKS
from dastak.app.metrics.table import TABLE, Label
from dastak.app.settings import SETTINGS
from dastak.app.traces.table import MEANINGS
from dastak.app.traces.table import TABLE as SPANS
from dastak.cli.desk.causes import CAUSES
from dastak.cli.desk.probe_table import PROBES
from dastak.cli.main import app
from dastak.journeys.kyc_link.move import CHECK_TABLE, FORM_TABLE
from dastak.journeys.kyc_link.signal import Kind
from dastak.journeys.kyc_link.template import BUILT_IN
from dastak.journeys.video_kyc import clock
from dastak.journeys.video_kyc import table as video_kyc
from dastak.verification.sandbox import known_values
from dastak.web.api import problem
from dastak.web.api.caller import Gate
from dastak.web.api.history import HistoryApi
from dastak.web.api.kyc_link import FormApi
from dastak.web.api.operators import OperatorApi
from dastak.web.api.rehearsal import RehearsalApi
from dastak.web.api.replays import ReplayApi
from dastak.web.api.routes import api_routes
from dastak.web.api.templates import TemplateApi
from dastak.web.api.video_kyc_routes import video_kyc_routes
from dastak.web.api.video_kycs import CaseApi
from dastak.web.api.vkyc import VideoKycApi
from dastak.web.api.vkyc_user import UserApi
from dastak.web.api.webhook_endpoints import EndpointApi
from dastak.webhooks.retry import PRESETS
from dastak_sdk import EVENT_TYPES, SUB_STATUSES, Product, Reason

DOCS = Path(__file__).resolve().parent
API_SOURCE = DOCS.parent / "src" / "dastak" / "web" / "api"
TRANSPORT_SOURCE = DOCS.parent / "src" / "dastak" / "transport"
REGION = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

ACTION_WORDS: Mapping[Action, str] = {
    Action.OVERVIEW_READ: "see the overview",
    Action.WEBHOOKS_READ: "see webhooks and the developers' pages",
    Action.WEBHOOKS_WRITE: "add, change, disable and delete webhooks",
    Action.DELIVERIES_READ: "see deliveries, with customers' data hidden",
    Action.DELIVERIES_READ_BODIES: "see what was sent and answered, as far as they may see customers' data",
    Action.DELIVERIES_RESEND: "send again",
    Action.JOURNEYS_READ: "see cases, with customers' data hidden",
    Action.JOURNEYS_WRITE: "make, send again and cancel cases",
    Action.JOURNEYS_DECIDE: "decide cases",
    Action.PERSONAL_READ: "see and export customers' data",
    Action.SETUP_READ: "see templates, texts and static links",
    Action.SETUP_WRITE: "change them",
    Action.KEYS_READ: "see API keys, without their secrets",
    Action.KEYS_WRITE: "make, rotate and revoke API keys",
    Action.OPERATORS_READ: "see operators",
    Action.OPERATORS_WRITE: "add and change operators",
    Action.PEOPLE_READ: "see members and invitations",
    Action.PEOPLE_WRITE: "invite, change roles, remove",
    Action.AUDIT_READ: "see and check the audit log",
    Action.AUDIT_EXPORT: "export it",
    Action.SELF: "one's own profile, sessions and authenticator app",
}

ROUTE_WORDS: Mapping[str, str] = {
    "POST /verification/form": "Make a KYC Link.",
    "GET /verification/form": "Read a KYC Link: `?verificationID=` or `?referenceID=`.",
    "POST /verification/form/static-link": "Make, or get again, the static link of a template, with a QR code.",
    "DELETE /verification/form/static-link": "Deactivate it: `?template_name=`.",
    "POST /api/v1/webhook-endpoints": "Test & Add: a signed test event first, and only a 2xx adds the endpoint.",
    "GET /api/v1/webhook-endpoints": "All endpoints, oldest first.",
    "GET /api/v1/webhook-endpoints/{endpoint_id}": "One endpoint.",
    "PATCH /api/v1/webhook-endpoints/{endpoint_id}": "Change events, retry policy, lane policy, window, rate, text.",
    "DELETE /api/v1/webhook-endpoints/{endpoint_id}": "Delete it: what was pending is cancelled, the log stays.",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/disable": "Send nothing; what is owed waits.",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/enable": "Send again, what waited first.",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/test": "Send a signed test event and show the answer.",
    "POST /api/v1/webhook-endpoints/{endpoint_id}/rotate-secret": "Make a new `whsec_` secret; both sign for a while.",
    "GET /api/v1/events": "What happened, oldest first; `?wait=` for what comes next.",
    "GET /api/v1/events/{event_id}": "One event.",
    "GET /api/v1/deliveries": "What is owed to which endpoint, and how it stands.",
    "GET /api/v1/deliveries/{delivery_id}": "One delivery with every attempt, both sides of the exchange.",
    "POST /api/v1/deliveries/{delivery_id}/resend": "A new round of attempts with the same id and bytes.",
    "POST /api/v1/replays": "Send many deliveries again, as a job; with `dry_run`, only show what that would be.",
    "GET /api/v1/replays": "Your replays, newest first.",
    "GET /api/v1/replays/{replay_id}": "One replay: how far it is, what it re-queued, what it passed over.",
    "POST /api/v1/replays/{replay_id}/cancel": "Re-queue nothing more; what is, goes out.",
    "GET /api/v1/templates": "Own and built-in templates, by name.",
    "PUT /api/v1/templates/{name}": "Make or replace a template of your own.",
    "DELETE /api/v1/templates/{name}": "Remove one of your own.",
    "POST /api/v1/sandbox/acts": "In the sandbox: do what customer, agent or auditor would do in a journey.",
    "POST /api/v1/operators": "Make an operator: an agent, an auditor, or both.",
    "GET /api/v1/operators": "Your operators, oldest first.",
    "GET /api/v1/operators/{operator_id}": "One operator, with availability and presence.",
    "PATCH /api/v1/operators/{operator_id}": "Change name or roles.",
    "POST /api/v1/operators/{operator_id}/activate": "Let one in again.",
    "POST /api/v1/operators/{operator_id}/deactivate": "Sign one out everywhere and let them in no more.",
    "PUT /api/v1/operators/{operator_id}/availability": "Replace weekly windows and days off.",
    "POST /verification/user": "Make a user, for whom Video KYCs are made.",
    "GET /verification/user": "Read a user: `?user_id=` or `?user_reference_id=`.",
    "PATCH /verification/user": "Change a user's e-mail, name or address.",
    "POST /verification/vkyc": "Make a Video KYC.",
    "GET /verification/vkyc": "Read where a Video KYC stands: `?verification_id=` or `?reference_id=`.",
    "POST /verification/oauth/token": "Get a token that opens a Video KYC in an app, without a code by SMS.",
    "GET /api/v1/video-kycs": "Your Video KYCs, newest first.",
    "GET /api/v1/video-kycs/{verification_id}": "One Video KYC with its whole story.",
    "GET /api/v1/video-kycs/{verification_id}/slots": "The slots that can be booked for it.",
    "PUT /api/v1/video-kycs/{verification_id}/schedule": "Book a slot, in place of the one before.",
    "DELETE /api/v1/video-kycs/{verification_id}/schedule": "Give the booking back.",
    "POST /api/v1/video-kycs/{verification_id}/cancel": "End it: its link works no more.",
    "POST /api/v1/video-kycs/{verification_id}/resend-notification": "Send the invitation again.",
}

CODE_WORDS: Mapping[str, str] = {
    "act_not_possible": "In the sandbox: the journey is not where that act can be done; the message says where it is.",
    "<field>_missing": "The field, header or query parameter is not there.",
    "<field>_value_invalid": "It has a value that it cannot have; the message says which it can.",
    "<field>_length_exceeded": "It is too long; the message says how long it may be.",
    "Bad request, please check API documentation": "The request names a template that you do not have.",
    "attempt_in_flight": "The delivery is being sent at this moment; resend when its outcome is known.",
    "REQUEST_INVALID": "`link_expiry` is not a date from today to 30 days on, in India.",
    "Resource not found": "There is no such thing, or it is another merchant's.",
    "authentication_failed": "The pair of `x-client-id` and `x-client-secret` is wrong.",
    "case_closed": "The Video KYC is over, or its link has expired.",
    "changed_meanwhile": "Others change the same thing at the same moment; nothing was done. Try again.",
    "idempotency_key_reused": "The `Idempotency-Key` came with another request within the last 24 hours.",
    "event_body_expired": "The body of so old an event was let go (`DASTAK_KEEP_BODIES_DAYS`): nothing is left to "
    "send. See [retention](retention.md).",
    "invalid_request": "The body is not a JSON object, or a request for a link, a case or a user names neither id.",
    "method_not_allowed": "The path does not take that method; the `Allow` header lists those that it takes.",
    "operator_email_taken": "Another operator of yours has this address.",
    "replay_not_narrowed": "A replay needs at least one of `endpoint_id`, `verification_id`, `since` and `after`.",
    "request_failed": "Our fault. The log has the reason; try again.",
    "request_in_progress": "The same request with the same `Idempotency-Key` is being carried out; see `Retry-After`.",
    "request_too_large": "The body has more than 64 KiB.",
    "temporarily_unavailable": "The database is away for a moment, such as during a failover. Try again after "
    "`Retry-After` seconds; what you asked for was not half done.",
    "slot_unavailable": "Nobody takes calls at that time, the last place was just taken, or the link ends before.",
    "static_link_not_linked": "The template has no active static link to deactivate.",
    "step_closed": "The Video KYC has come too far for that, such as for an end once the call is decided.",
    "template_name_not_found": "There is no template of that name, or it is a built-in one that cannot be deleted.",
    "too_soon": "The invitation was sent within the last minute; see `Retry-After`.",
    "too_many_endpoints": "A merchant can have 50 webhook endpoints.",
    "too_many_operators": "A merchant can have 500 operators.",
    "too_many_replays": "A merchant can have 10 replays that have not ended.",
    "too_many_requests_per_ip": "One address calls too often; see `Retry-After`.",
    "too_many_requests_per_operation": "One merchant calls one operation too often; see `Retry-After`.",
    "unknown_field": "In a call of Dastak's own below `/api/v1`: the body has a field that nobody knows. A misspelt "
    "one would change nothing, or send too much.",
    "user_id_already_exists": "You have a user of that `user_id`.",
    "url_value_invalid": "The webhook URL may not be called; `error.reason` says why, see below.",
    "verification_id_already_exists": "You used this `verification_id` before.",
    "webhook_test_failed": "The endpoint was not added; `error.test` shows what it answered to the test event.",
}

URL_WORDS: Mapping[str, str] = {
    "address": "The name has no address, or one of its addresses is not on the public internet.",
    "characters": "Spaces, control characters, backslashes or characters outside ASCII.",
    "fragment": "A `#` part.",
    "host": "No usable host name, or one of this machine, a private network or a cloud's metadata service.",
    "length": "More than 2048 characters.",
    "port": "A port that is not allowed, or not a port.",
    "scheme": "Not https (http is allowed in the sandbox only).",
    "shape": "Not a whole URL.",
    "userinfo": "A user name or password before an `@`.",
}

REASON_WORDS: Mapping[str, str] = {
    "missing_header": "A signature header, or one that goes with it, is not there: look for a proxy that removes it.",
    "bad_header": "Headers unreadable, repeated with different values, or not ASCII.",
    "bad_timestamp": "The timestamp is not plain digits.",
    "bad_signature_format": "The signature is not the base64 of 32 bytes.",
    "body_not_bytes": "The body was already decoded or parsed: hand over the raw bytes.",
    "body_too_large": "Larger than `max_body_bytes` (2 MiB).",
    "no_matching_secret": "Signed only in the scheme that you have no secret for.",
    "signature_mismatch": "Wrong secret, or the body was changed on its way.",
    "stale_timestamp": "Authentic, but older than the tolerance (300 s): a replay, a queue, or a wrong clock.",
    "future_timestamp": "Authentic, but from the future: synchronise the clock.",
    "bad_json": "Authentic, but not JSON.",
    "bad_envelope": "Authentic, but a promised field is absent or of another type.",
}

DOCTOR_WORDS: Mapping[str, str] = {
    "settings": "Every `DASTAK_*` variable can be read, fits the others, and none is misspelt.",
    "secret key": "Where the master key comes from.",
    "data folder": "It can be written, and nobody else can look into it (mode 700).",
    "database": (
        "It can be read, is not damaged, and is not of a newer release. PostgreSQL: it is 14 or newer, takes writes, "
        "syncs commits, and its clock agrees."
    ),
    "public URL": "Customers can open it: not 0.0.0.0.",
    "certificate authorities": "There is a CA bundle, or https webhooks would fail.",
    "message gateways": "SMTP and HTTP gateways take a connection.",
    "clock": "It is not years behind.",
    "open files": "The limit is high enough for the attempts in flight.",
    "connections": (
        "PostgreSQL has room for this process; a pooler is where the settings say, and nowhere else; both URLs lead to "
        "the same database."
    ),
    "media gateways": "The Janus gateways of calls take a connection.",
}

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "missing": ("missing",),
    "invalid": ("value_invalid",),
    "text": ("missing", "value_invalid", "length_exceeded"),
    "identifier": ("missing", "value_invalid", "length_exceeded"),
    "optional_text": ("value_invalid", "length_exceeded"),
    "choices": ("value_invalid",),
    "whole_number": ("value_invalid",),
    "line": ("missing", "value_invalid", "length_exceeded"),
    "optional_line": ("value_invalid", "length_exceeded"),
    "optional_identifier": ("value_invalid", "length_exceeded"),
    "optional_number": ("value_invalid",),
    "one_of": ("value_invalid",),
    "section": ("value_invalid",),
    "said": ("missing", "value_invalid", "length_exceeded"),
    "moment": ("value_invalid",),
    "_near": ("value_invalid",),
    "_sequence": ("value_invalid",),
    "_cursor": ("value_invalid",),
}
"""Functions of the API that name a field → the codes that they can raise for it."""

NAME_COMES_FIRST = frozenset({"missing", "invalid"})
"""In the others the field's name is the second argument."""


@dataclass
class ErrorCode:
    """One code of the API, with everything that was found of it."""

    type: str
    statuses: set[int] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    """For the three families `<field>_…`: the fields that can be at fault."""


def api_codes() -> dict[str, ErrorCode]:
    """Every error code of the API, from its tables and from a scan of its source."""
    found: dict[str, ErrorCode] = {}
    in_tables = [(code, status, type_, "") for status, type_, code, _ in problem.DOMAIN_ERRORS.values()]
    in_tables += [(code, status, type_, "") for status, (type_, code, _) in problem.HTTP_ERRORS.items()]
    calls = (call for path in sorted(API_SOURCE.glob("*.py")) for call in _calls(path))
    for code, status, type_, name in (*in_tables, *(row for call in calls for row in _raised(call))):
        entry = found.setdefault(code, ErrorCode(type_))
        entry.statuses.add(status)
        entry.fields |= {name} - {""}
    return found


def _raised(call: ast.Call) -> list[tuple[str, int, str, str]]:
    """What one call in the source can raise: code, status, type, field."""
    name = _called(call)
    if name == "Problem":
        values = [_text(argument) for argument in call.args[:3]]
        if len(values) == 3 and all(values):  # noqa: PLR2004 - status, type and code, all literal
            status, type_, code = map(str, values)
            return [(code, int(status), type_, "")]
    elif name == "too_many" and (code := _text(call.args[0]) or ""):
        return [(code, 429, "rate_limit_error", "")]
    elif name in SUFFIXES and (at_fault := _field(call, name)):
        return [(f"<field>_{suffix}", 400, problem.VALIDATION, at_fault) for suffix in SUFFIXES[name]]
    return []


def url_reasons() -> set[str]:
    """Every `error.reason` of a refused webhook URL."""
    calls = (call for path in TRANSPORT_SOURCE.glob("*.py") for call in _calls(path) if _called(call) == "UrlRefused")
    return {text for call in calls if call.args and (text := _text(call.args[0]))}


def operations() -> list[str]:
    """`METHOD /path` of every route of the API, in the order of the tables."""
    seen: list[str] = []

    class Recorder:
        def open_to(self, operation: str, _handler: object, _deed: object) -> object:
            seen.append(operation)
            return _handler

    nothing = cast("Any", None)
    gate = cast("Gate", Recorder())
    api_routes(
        gate,
        FormApi(nothing),
        EndpointApi(nothing, nothing, nothing, nothing, nothing),
        HistoryApi(nothing, nothing, nothing, nothing),
        TemplateApi(nothing),
        ReplayApi(nothing, nothing),
        OperatorApi(nothing, nothing, nothing, ""),
        RehearsalApi(None),
    )
    video_kyc_routes(gate, UserApi(nothing), VideoKycApi(nothing), CaseApi(nothing))
    return seen


def _calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text("utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _field(call: ast.Call, name: str) -> str | None:
    """The field that the call names; None where it is handed on as `field`. Raises `ValueError` for anything else."""
    node = call.args[0 if name in NAME_COMES_FIRST else 1]
    if isinstance(node, ast.Name) and node.id == "field":
        return None
    text = _text(node)
    if text is None:
        raise ValueError(f"which field does this name? {ast.unparse(call)}")
    return text


def _text(node: ast.expr) -> str | None:
    """A literal, or a constant of `problem`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int):
        return str(node.value)
    if isinstance(node, ast.Name) and isinstance(getattr(problem, node.id, None), str):
        return str(getattr(problem, node.id))
    return None


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def settings_table() -> str:
    """Every setting with its default and meaning."""
    rows = [
        (
            f"`{setting.name}`",
            f"`{setting.default}`" if setting.default else "",
            setting.help + (" **Secret.**" if setting.secret else ""),
        )
        for setting in SETTINGS
    ]
    return table(("Setting", "Default", "Meaning"), rows)


def sandbox_table() -> str:
    """Every value that the sandbox's sources know."""
    rows = [(value.check, _code(value.typed), value.outcome) for value in known_values()]
    return table(("Check", "Type", "What happens"), rows)


def template_table() -> str:
    """The built-in templates."""
    rows = [
        (f"`{template.name}`", ", ".join(f"`{check.value}`" for check in template.checks))
        for template in BUILT_IN.values()
    ]
    return table(("Template", "Checks, in order"), rows)


def error_table() -> str:
    """Every code of the API."""
    rows = []
    for code, found in sorted(api_codes().items(), key=lambda item: (min(item[1].statuses), item[0])):
        where = f" Fields: {', '.join(f'`{name}`' for name in sorted(found.fields))}." if found.fields else ""
        statuses = ", ".join(str(status) for status in sorted(found.statuses))
        rows.append((statuses, f"`{found.type}`", f"`{code}`", CODE_WORDS[code] + where))
    return table(("Status", "`type`", "`code`", "Meaning"), rows)


def url_table() -> str:
    """Why a webhook URL can be refused."""
    return table(
        ("`error.reason`", "Meaning"), [(f"`{reason}`", URL_WORDS[reason]) for reason in sorted(url_reasons())]
    )


def reason_table() -> str:
    """The SDK's reasons."""
    return table(
        ("`reason`", "Status", "Meaning"),
        [(f"`{reason.value}`", str(reason.status), REASON_WORDS[reason.value]) for reason in Reason],
    )


def doctor_table() -> str:
    """The doctor's checks."""
    names = ("settings", *(what for what, _ in CHECKS))
    rows = [(f"D{number:02}", name, DOCTOR_WORDS[name]) for number, name in enumerate(names, start=1)]
    return table(("Number", "Check", "It is well when"), rows)


def metric_table() -> str:
    """Every metric of our own."""
    rows = [
        (f"`{metric.name}`", metric.kind, "<br>".join(_label(label) for label in metric.labels), metric.help)
        for metric in TABLE
    ]
    return table(("Metric", "Kind", "Labels", "Meaning"), rows)


def bucket_table() -> str:
    """The upper bounds of every histogram."""
    rows = [(f"`{metric.name}`", ", ".join(f"{bound:g}" for bound in metric.buckets)) for metric in TABLE]
    return table(("Histogram", "Upper bounds of its buckets"), [row for row in rows if row[1]])


def span_table() -> str:
    """Every span."""
    return table(("Span", "Kind", "Parent"), [(one.name, one.kind, one.parent) for one in SPANS])


def span_attribute_table() -> str:
    """Every attribute of the spans, and which spans have it."""
    rows = []
    for name, meaning in MEANINGS.items():
        having = [one.name.partition(",")[0].replace("`", "").split()[0] for one in SPANS if name in one.attributes]
        rows.append((f"`{name}`", ", ".join(word.replace("<method>", "request") for word in having), meaning))
    return table(("Attribute", "Of", "Meaning"), rows)


def _label(label: Label) -> str:
    values = ", ".join(f"`{value}`" for value in label.values) or label.meaning
    return f"`{label.name}`: {values}" if values else f"`{label.name}`"


def route_table() -> str:
    """Every route."""
    return table(
        ("Method and path", "What it does"), [(f"`{operation}`", ROUTE_WORDS[operation]) for operation in operations()]
    )


def retry_table() -> str:
    """The presets."""
    rows = [
        (f"`{name}`", ", ".join(_short(pause) for pause in pauses), _short(sum(pauses, timedelta())))
        for name, pauses in PRESETS.items()
    ]
    return table(("Preset", "Waits after the 1st, 2nd, … failed attempt", "Last attempt after about"), rows)


def event_table() -> str:
    """The three events of a KYC Link."""
    rows = [
        (f"`{name}`", spec.description, "yes" if spec.signs_body else "no")
        for name, spec in EVENT_TYPES.items()
        if spec.product is Product.KYC_LINK
    ]
    return table(("Event", "When", "Legacy `signature` in the body"), rows)


def check_table() -> str:
    """CHECK_TABLE as it stands in the code."""
    return _moves(CHECK_TABLE)


def form_table() -> str:
    """FORM_TABLE as it stands in the code."""
    return _moves(FORM_TABLE)


def check_diagram() -> str:
    """CHECK_TABLE as a diagram; arrows to the same state are left out when nothing is performed."""
    arrows = {
        (before.value, after.value, kind.value)
        for before, row in CHECK_TABLE.items()
        for kind, after in row.items()
        if before is not after or kind in {Kind.PASSED, Kind.FAILED}
    }
    lines = [f"    {before} --> {after}: {kind}" for before, after, kind in sorted(arrows)]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> RECEIVED", *lines, "```"]) + "\n"


def case_diagram() -> str:
    """The table of Video KYC as a diagram; arrows to the same stage are left out, and what is only written down."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for before, row in video_kyc.TABLE.items():
        for kind, outcomes in row.items():
            for after in outcomes:
                if after is not before:
                    arrows.setdefault((before.value, after.value), []).append(kind.value)
    lines = [f"    {before} --> {after}: {', '.join(kinds)}" for (before, after), kinds in arrows.items()]
    ends = [f"    {stage.value} --> [*]" for stage in video_kyc.Stage if stage in video_kyc.FINAL]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> OPENED", *lines, *ends, "```"]) + "\n"


def case_table() -> str:
    """The table of Video KYC, a row per stage."""
    rows = [
        (
            f"`{stage.value}`",
            "<br>".join(
                f"`{kind.value}` → {', '.join(after.value for after in outcomes)}" for kind, outcomes in row.items()
            ),
        )
        for stage, row in video_kyc.TABLE.items()
    ]
    return table(("Stage", "Signal → stages that it can lead to; everything else is refused"), rows)


def case_clock_table() -> str:
    """What the clock does to a Video KYC, and when."""
    dropped, front = (
        "`USER_DROPPED_OFF`; the customer may rejoin, ahead of the queue",
        "the customer waits again, first",
    )
    rows = [
        ("an Aadhaar code is not typed", _short(clock.AADHAAR_SESSION), "`AADHAAR_VERIFICATION_EXPIRED`"),
        ("a booked slot is near", f"{_short(clock.REMIND_BEFORE)} before it", "the customer is reminded"),
        ("nobody comes to a booked slot", f"{_short(clock.SLOT)} from its beginning", "the booking is given back"),
        ("no agent takes the customer", _short(clock.LONGEST_WAIT), "`NO_AGENT_FOUND`"),
        ("an agent accepted, the customer does not come", _short(clock.CONNECT_WITHIN), "as before the queue"),
        ("an agent accepted, and does not come", _short(clock.CONNECT_WITHIN), front),
        ("the customer is lost in the call", _short(clock.CUSTOMER_GRACE), dropped),
        ("the agent is lost in the call", _short(clock.AGENT_GRACE), f"{front}; the agent's work is kept"),
        ("the call goes on and on", _short(clock.LONGEST_CALL), dropped),
        ("no call is under way", "the end of `link_expiry` in India", "`VKYC_EXPIRED`"),
        (
            "the auditor does not decide",
            f"{clock.REVIEW_WITHIN.days} days, at least until the link ends",
            "`VKYC_EXPIRED`",
        ),
    ]
    return table(("While", "After", "Then"), rows)


def case_status_table() -> str:
    """Every sub_status of Video KYC with its stage and its event."""
    rows = []
    for name, row in SUB_STATUSES.items():
        stage, told = video_kyc.STAGES.get(name), video_kyc.EVENTS.get(name)
        said = f"`{told.value}`" if told else "none"
        rows.append((f"`{row.status.value}`", f"`{name}`", stage.value if stage else "none", said, row.meaning))
    return table(("status", "sub_status", "Stage", "Event", "Meaning"), rows)


def role_table() -> str:
    """What a member in each role may do at the dashboard."""
    head = "| | " + " | ".join(role.value for role in Role) + " |\n| --- |" + " :-: |" * len(Role)
    rows = (
        f"| {ACTION_WORDS[action]} | " + " | ".join("yes" if may(role, action) else "" for role in Role) + " |"
        for action in Action
    )
    return "\n".join([head, *rows]) + "\n"


def commands() -> str:
    """Every command with its help, arguments and options."""
    parts = []
    for path, command in _commands("dastak", typer.main.get_command(app)):
        usage = " ".join(piece for piece in _usage(command))
        parts.append(f"## `{path}`\n\n```text\n{path} {usage}".rstrip() + "\n```\n\n" + _help(command))
    return "\n".join(parts)


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(f"{path} {name}", inner)


def _usage(command: Any) -> Iterator[str]:
    if _options(command):
        yield "[OPTIONS]"
    if getattr(command, "commands", {}):
        yield "COMMAND"
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            yield parameter.name.upper()


def _options(command: Any) -> list[Any]:
    return [option for option in command.params if option.param_type_name == "option"]


def _help(command: Any) -> str:
    text = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    rows = [
        (f"`{parameter.name.upper()}`", parameter.help or "")
        for parameter in command.params
        if parameter.param_type_name == "argument"
    ]
    rows += [(", ".join(f"`{name}`" for name in option.opts), option.help or "") for option in _options(command)]
    return f"{text}\n" + ("\n" + table(("Argument or option", "Meaning"), rows) if rows else "")


def cause_table() -> str:
    """What `dastak verify --explain` can name."""
    return table(("Code", "What happened"), [(f"`{cause.code}`", cause.what) for cause in CAUSES.values()])


def probe_table() -> str:
    """What `dastak check` sends, and how a right handler answers."""
    rows = [(f"`{probe.code}`", probe.sent.replace("|", "\\|"), probe.wanted.value) for probe in PROBES]
    return table(("Probe", "What is sent", "Right answer"), rows)


def _moves(moves: Mapping[Any, Mapping[Kind, Any]]) -> str:
    rows = [
        (f"`{before.value}`", *(f"`{row[kind].value}`" if kind in row else "illegal" for kind in Kind))
        for before, row in moves.items()
    ]
    return table(("State", *(kind.value for kind in Kind)), rows)


def _code(text: str) -> str:
    return text if " " in text and text.startswith("any ") else f"`{text}`"


def _short(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    pieces = ((seconds // 3600, "h"), (seconds % 3600 // 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in pieces if amount)


PARTS: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "sandbox-values": sandbox_table,
    "templates": template_table,
    "api-errors": error_table,
    "url-reasons": url_table,
    "sdk-reasons": reason_table,
    "doctor": doctor_table,
    "routes": route_table,
    "metrics": metric_table,
    "metric-buckets": bucket_table,
    "spans": span_table,
    "span-attributes": span_attribute_table,
    "retry-presets": retry_table,
    "events": event_table,
    "check-table": check_table,
    "form-table": form_table,
    "check-diagram": check_diagram,
    "case-diagram": case_diagram,
    "case-table": case_table,
    "case-clock": case_clock_table,
    "case-statuses": case_status_table,
    "commands": commands,
    "roles": role_table,
    "causes": cause_table,
    "probes": probe_table,
}


def renewed(page: str) -> str:
    """The page with every generated part as it should be. Raises `KeyError` for a part that nobody knows."""
    return REGION.sub(lambda found: f"{found[1]}\n{PARTS[found['name']]()}\n{found[3]}", page)


def main() -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(description="Write the generated parts of docs/ from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is stale")
    check = parser.parse_args().check
    stale, used = [], set()
    for path in sorted(DOCS.rglob("*.md")):
        before = path.read_text("utf-8")
        used |= {found["name"] for found in REGION.finditer(before)}
        after = renewed(before)
        if after != before:
            stale.append(path)
            if not check:
                path.write_text(after, "utf-8")
    unused = sorted(PARTS.keys() - used)
    for path in stale:
        sys.stdout.write(f"{'stale' if check else 'wrote'}: {path.relative_to(DOCS.parent)}\n")
    for name in unused:
        sys.stdout.write(f"no page has the part {name}\n")
    if check and stale:
        sys.stdout.write("Run: python docs/generate.py\n")
    return 1 if unused or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
