"""The headers of a webhook, signed as the server signs.

In: the secrets that a handler knows. Out: headers for a body. Called by `dastak trigger`, `check` and `listen`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dastak import __version__
from dastak.cli.desk.captured import Pairs
from dastak_sdk import sign, sign_standard
from dastak_sdk.headers import (
    ATTEMPT,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
)
from dastak_sdk.signature import STANDARD_SECRET_PREFIX, standard_key

USER_AGENT = f"dastak-desk/{__version__}"


@dataclass(frozen=True)
class Signer:
    """Signs in the schemes for which it has a secret."""

    client: str | None
    standard: str | None

    def headers(self, body: bytes, now: float, event_id: str, attempt: int = 1) -> Pairs:
        """All headers of one attempt, sent at `now` in Unix seconds."""
        return (
            ("content-type", "application/json"),
            ("user-agent", USER_AGENT),
            (ATTEMPT, str(attempt)),
            *self.signatures(body, str(int(now * 1000)), event_id),
        )

    def signatures(self, body: bytes, milliseconds: str, event_id: str) -> Pairs:
        """The signed headers alone; `milliseconds` is the text of the timestamp."""
        signed: list[tuple[str, str]] = []
        if self.client is not None:
            signed.append((HEADER_TIMESTAMP, milliseconds))
            signed.append((HEADER_SIGNATURE, sign(self.client, milliseconds, body)))
        if self.standard is not None:
            seconds = str(int(milliseconds) // 1000) if milliseconds.isdigit() else milliseconds
            signed.append((STANDARD_ID, event_id))
            signed.append((STANDARD_TIMESTAMP, seconds))
            signed.append((STANDARD_SIGNATURE, sign_standard(self.standard, event_id, seconds, body)))
        return tuple(signed)


def signer(secrets: Sequence[str]) -> Signer:
    """With the first secret of each scheme. Raises `ValueError` when there is none, or a bad one."""
    given = [secret.strip() for secret in secrets if secret.strip()]
    client = next((one for one in given if not one.startswith(STANDARD_SECRET_PREFIX)), None)
    standard = next((one for one in given if one.startswith(STANDARD_SECRET_PREFIX)), None)
    if client is None and standard is None:
        raise ValueError("Give the secret that your handler verifies with: --secret, or the variable CLIENT_SECRET.")
    if not all(one.isascii() and one.isprintable() for one in given):
        raise ValueError(
            "A secret holds something else than printable ASCII letters; copy it again from the dashboard."
        )
    if standard is not None:
        standard_key(standard)
    return Signer(client, standard)
