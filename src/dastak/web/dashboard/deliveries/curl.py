"""An attempt as commands for a shell: the same bytes to the same URL, signed anew by whoever runs them.

In: the URL, the event, how it was sent, its body if the reader may have it. Out: a block to copy. It holds no secret:
both come from variables of the shell that runs it. A signature of the past would be refused as too old, so it is made
again, by openssl. Pure.
"""

from collections.abc import Sequence

from dastak_sdk.headers import (
    ATTEMPT,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
)

CLIENT_ID, CLIENT_SECRET, ENDPOINT_SECRET = "DASTAK_CLIENT_ID", "DASTAK_CLIENT_SECRET", "DASTAK_ENDPOINT_SECRET"
SIGNED_ANEW = frozenset({HEADER_SIGNATURE, HEADER_TIMESTAMP, STANDARD_SIGNATURE, STANDARD_TIMESTAMP, "content-length"})


def quoted(text: str) -> str:
    """The text as one word of a shell, whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"


def as_curl(url: str, event_id: str, attempt: int, headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """The commands, with the body in them."""
    return "\n".join([*_body_here(body), *_signing(event_id), *_sending(url, event_id, attempt, headers)])


def as_curl_without_body(
    url: str, event_id: str, attempt: int, headers: Sequence[tuple[str, str]], api_url: str
) -> str:
    """The commands, with the body fetched from the API by whoever has a key."""
    return "\n".join(
        [*_body_by_api(event_id, api_url), *_signing(event_id), *_sending(url, event_id, attempt, headers)]
    )


def _body_here(body: bytes) -> list[str]:
    return [f"body={quoted(body.decode())}"]


def _body_by_api(event_id: str, api_url: str) -> list[str]:
    return [
        f"body=$(curl -sSf {quoted(f'{api_url}/api/v1/events/{event_id}')} \\",
        f'  -H "x-client-id: ${CLIENT_ID}" -H "x-client-secret: ${CLIENT_SECRET}" |',
        """  python3 -c 'import json, sys; sys.stdout.write(json.load(sys.stdin)["raw_body"])')""",
    ]


def _signing(event_id: str) -> list[str]:
    return [
        "now=$(date +%s)",
        f'contract=$(printf %s "${{now}}000$body" | openssl dgst -sha256 -hmac "${CLIENT_SECRET}" -binary | base64)',
        f"key=$(printf %s \"${{{ENDPOINT_SECRET}#whsec_}}\" | base64 -d | od -An -v -tx1 | tr -d ' \\n')",
        f'standard=$(printf %s {quoted(f"{event_id}.")}"$now.$body" |',
        '  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)',
    ]


def _sending(url: str, event_id: str, attempt: int, headers: Sequence[tuple[str, str]]) -> list[str]:
    own = {name.lower(): value for name, value in headers}
    own |= {ATTEMPT: str(attempt), STANDARD_ID: event_id}
    plain = [f"  -H {quoted(f'{name}: {value}')} \\" for name, value in own.items() if name not in SIGNED_ANEW]
    return [
        f"curl -sS -i {quoted(url)} \\",
        *plain,
        f'  -H "{HEADER_TIMESTAMP}: ${{now}}000" -H "{HEADER_SIGNATURE}: $contract" \\',
        f'  -H "{STANDARD_TIMESTAMP}: $now" -H "{STANDARD_SIGNATURE}: v1,$standard" \\',
        '  --data-binary "$body"',
    ]
