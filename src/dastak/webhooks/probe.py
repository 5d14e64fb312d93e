"""The event of Test & Add: signed like every other, and mistaken for none (contract.md §7 ruling 42).

In: the time. Out: the bytes. The registry sends them before it adds an endpoint.
"""

import json
from datetime import datetime

PROBE_TYPE = "WEBHOOK_TEST"


def probe_body(now: datetime) -> bytes:
    """The body: the envelope of a real event around a `test_object`."""
    return json.dumps(
        {
            "event_type": PROBE_TYPE,
            "event_time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "version": "v1",
            "data": {"test_object": {"test_key": "test_value"}},
        },
        separators=(",", ":"),
    ).encode()
