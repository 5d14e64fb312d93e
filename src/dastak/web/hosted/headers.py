"""The headers of every page: no script, style or image comes from anywhere but here, and nobody may frame us.

Pages that ask the server while they are open, and those that use camera, microphone or location, loosen just that.
"""

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

_LIVE_CSP = f"{CSP}; connect-src 'self'"
_SHUT = "payment=(), usb=(), browsing-topics=()"

PAGE_HEADERS = {
    "content-security-policy": CSP,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "permissions-policy": f"camera=(), microphone=(), geolocation=(), {_SHUT}",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
}

LIVE_HEADERS = {"content-security-policy": _LIVE_CSP}
"""What is different on a page that listens to the server."""

MEDIA_HEADERS = {
    "content-security-policy": f"{_LIVE_CSP}; media-src 'self' blob:",
    "permissions-policy": f"camera=(self), microphone=(self), geolocation=(self), {_SHUT}",
}
"""What is different on a page that uses camera, microphone and location."""
