"""The headers of every page of console and dashboard: nothing comes from anywhere but here, and nobody may frame us."""

from collections.abc import Mapping

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

NOTHING_ELSE = "geolocation=(), payment=(), usb=(), browsing-topics=()"
CAMERA = f"camera=(self), microphone=(self), {NOTHING_ELSE}"
"""The `permissions-policy` of the agent's pages with a device check or a call."""

PAGE_HEADERS: Mapping[str, str] = {
    "content-security-policy": CSP,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "permissions-policy": f"camera=(), microphone=(), {NOTHING_ELSE}",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
}
