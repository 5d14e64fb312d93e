"""The merchant's page. Everything that came from outside goes through `escape`.

In: a `Shown`. Out: HTML; the part with the events also alone, for the live update.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .ledger import Checks, Customer, KeptEvent

SHORT_NAMES = {
    "OFFLINE_AADHAAR_VERIFICATION": "Aadhaar",
    "PANDETAILS_VERIFICATION": "PAN",
    "BANKDETAILS_VALIDATION": "Bank",
    "UPIDETAILS_VALIDATION": "UPI",
}

SAFE_LINKS = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is on the page."""

    address: str
    template: str
    has_client: bool
    has_webhook_secret: bool
    kept: int
    duplicates: int
    refusals: tuple[tuple[str, int], ...]
    customers: tuple[Customer, ...]
    others: tuple[KeptEvent, ...]
    problem: str = ""


def page_html(shown: Shown) -> str:
    """The whole page."""
    problem = f'<p class="problem" role="alert">{escape(shown.problem)}</p>' if shown.problem else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sample merchant</title>
<link rel="icon" href="/static/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/merchant.css">
<script type="module" src="/static/live.js"></script>
</head>
<body>
<header>
<div class="inside">
<img src="/static/mark.svg" alt="" width="48" height="56">
<div>
<h1>Sample merchant</h1>
<p>Webhooks arrive at <code>{escape(shown.address)}</code> <span id="live" class="live" hidden>live</span></p>
<ul class="secrets">
{_secret("client secret", shown.has_client)}
{_secret("webhook secret", shown.has_webhook_secret)}
</ul>
</div>
</div>
</header>
<main class="inside">
{problem}
<form method="post" action="/links" class="new">
<h2>Create a KYC Link</h2>
{_field("name", "Customer", "Asha Rao")}
{_field("phone", "Phone", "9999999999")}
<button>Create a KYC Link</button>
<p class="soft">Template <code>{escape(shown.template)}</code></p>
</form>
<div id="events">
{events_html(shown)}
</div>
</main>
</body>
</html>
"""


def events_html(shown: Shown) -> str:
    """The counters and every customer's timeline."""
    refused = sum(times for _, times in shown.refusals)
    reasons = ", ".join(f"{escape(reason)} {times}" for reason, times in shown.refusals)
    parts = [
        '<dl class="counts">',
        f"<div><dt>Events kept</dt><dd>{shown.kept}</dd></div>",
        f"<div><dt>Duplicates ignored</dt><dd>{shown.duplicates}</dd></div>",
        f"<div><dt>Refused</dt><dd>{refused}</dd></div>",
        "</dl>",
        f'<p class="reasons">Refused: {reasons}</p>' if reasons else "",
        *map(_customer, shown.customers),
    ]
    if shown.others:
        parts.append(_card("other", "Video KYC and other events", "", "", shown.others))
    if not shown.customers and not shown.others:
        parts.append('<p class="empty">Nothing has knocked yet. Create a link, open it, and watch this page.</p>')
    return "\n".join(parts)


def _secret(name: str, there: bool) -> str:
    return f'<li class="{"yes" if there else "no"}">{name} {"set" if there else "not set yet"}</li>'


def _field(name: str, label: str, value: str) -> str:
    return (
        f'<div><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" value="{value}" maxlength="60" autocomplete="off" required></div>'
    )


def _customer(customer: Customer) -> str:
    top = _open_link(customer) + _chips(customer.checks)
    return _card(customer.name, customer.name, _badge(customer.form_status), top, customer.events)


def _open_link(customer: Customer) -> str:
    if customer.form_status != "RECEIVED" or not customer.form_link.startswith(SAFE_LINKS):
        return ""
    url = escape(customer.form_link)
    anchor = f'<a href="{url}" target="_blank" rel="noopener noreferrer">Open as the customer</a>'
    return f'<p class="open">{anchor} <span class="soft">{url}</span></p>'


def _card(anchor: str, title: str, badge: str, top: str, events: Sequence[KeptEvent]) -> str:
    rows = "\n".join(map(_event, events)) or '<li class="soft">No event yet.</li>'
    return (
        f'<section class="card" id="{escape(anchor)}"><h2>{escape(title)} {badge}</h2>{top}'
        f'<ol class="timeline">{rows}</ol></section>'
    )


def _event(event: KeptEvent) -> str:
    seen = escape(event.received_at)
    facts = [
        f'<time datetime="{seen}">{seen[:10]} {seen[11:23]} UTC</time>',
        f"attempt {event.attempt}" if event.attempt else "",
        f"no. {event.sequence}" if event.sequence else "",
    ]
    return f"""<li>
<p class="what"><strong>{escape(event.type).replace("_", "_<wbr>")}</strong> {_badge(event.form_status)}
<span class="signed">signature verified</span> {_duplicates(event.duplicates)}</p>
{_chips(event.checks)}
<p class="soft when">{" · ".join(filter(None, facts))}</p>
<details id="raw-{event.number}"><summary>Raw JSON</summary>
<pre tabindex="0">{escape(_pretty(event.raw))}</pre></details>
</li>"""


def _duplicates(times: int) -> str:
    words = "1 duplicate ignored" if times == 1 else f"{times} duplicates ignored"
    return f'<span class="again">{words}</span>' if times else ""


def _chips(checks: Checks) -> str:
    chips = "".join(
        f'<li class="{_tone(status)}">{escape(SHORT_NAMES.get(type_, type_))} <b>{escape(status)}</b></li>'
        for type_, status in checks
    )
    return f'<ul class="chips">{chips}</ul>' if chips else ""


def _badge(status: str) -> str:
    return f'<span class="badge {_tone(status)}">{escape(status)}</span>' if status else ""


def _tone(status: str) -> str:
    return {"SUCCESS": "good", "FAILED": "bad", "EXPIRED": "gone"}.get(status, "wait")


def _pretty(raw: bytes) -> str:
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except ValueError:
        return raw.decode("utf-8", "replace")
