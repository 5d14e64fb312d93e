"""The published contract, `spec/openapi.json`, as it lies in the distribution, or in the working copy.

In: nothing. Out: its JSON value, read once.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

PACKAGED = Path(__file__).parent / "openapi.json"
"""Where a wheel has it."""
IN_WORKING_COPY = Path(__file__).parents[5] / "spec" / "openapi.json"


@cache
def contract() -> dict[str, Any]:
    """The whole document."""
    file = PACKAGED if PACKAGED.exists() else IN_WORKING_COPY
    value: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return value
