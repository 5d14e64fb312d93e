"""The one call that the merchant makes: create a KYC Link.

In: the customer. Out: the link to send them, or `ApiError` with a sentence for the page.
"""

import json
import secrets
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from .keyring import Keys

TIMEOUT_SECONDS = 10
ANSWER_LIMIT = 64 * 1024
OK = 200


class ApiError(Exception):
    """The link was not made; the message says why."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link as the API gave it out."""

    verification_id: str
    form_link: str


def create_link(api: str, keys: Keys, template: str, phone: str, name: str) -> NewLink:
    """Ask for a KYC Link. The verification_id is ours: it is how every webhook names this customer."""
    verification_id = f"demo-{secrets.token_hex(5)}"
    wanted = {"phone": phone, "template_name": template, "verification_id": verification_id}
    if name:
        wanted["name"] = name
    status, answer = _post(f"{api}/verification/form", keys, wanted)
    link = answer.get("form_link")
    if status != OK or not isinstance(link, str):
        raise ApiError(f"Dastak answered {status}: {answer.get('message') or answer.get('code') or 'no message'}")
    return NewLink(verification_id, link)


def _post(url: str, keys: Keys, wanted: dict[str, str]) -> tuple[int, dict[str, Any]]:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
    headers = {
        "content-type": "application/json",
        "x-client-id": keys.client_id,
        "x-client-secret": keys.client_secret,
    }
    try:
        connection.request("POST", parts.path, json.dumps(wanted), headers)
        response = connection.getresponse()
        answer = json.loads(response.read(ANSWER_LIMIT))
    except (OSError, HTTPException, ValueError) as problem:
        raise ApiError(f"Dastak could not be asked at {parts.netloc}: {type(problem).__name__}") from None
    finally:
        connection.close()
    return response.status, answer if isinstance(answer, dict) else {}
