"""The samples of the contract, as the documents show them.

In: `sdk/tests/samples/*.json`. Out: the same values with example hosts, by event name. Called by `spec_events` and
`spec_webhooks`.
"""

import json
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "sdk" / "tests" / "samples"
_HOST = re.compile(r"(?:[a-z]+\.)*cashfree\.(?:com|net)")


def sample(event: str) -> Any:
    """One event's sample body, with the hosts of an imaginary deployment."""
    text = (FOLDER / f"{event}.json").read_text("utf-8")
    return json.loads(_HOST.sub("kyc.example", text))
