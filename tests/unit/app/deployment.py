"""Environments for settings tests."""

import base64
from pathlib import Path

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()

PRODUCTION = {
    "DASTAK_MODE": "production",
    "DASTAK_PUBLIC_URL": "https://kyc.example.com",
    "DASTAK_SECRET_KEY": KEY,
    "DASTAK_SMS_GATEWAY_URL": "https://sms.example.com/send",
}
"""Everything that production needs."""

UNRELEASED = "DASTAK_MODE: this release verifies documents in the sandbox only"
"""The one fault that every production environment has, until real sources are in the release."""


def in_folder(folder: Path) -> dict[str, str]:
    """A sandbox with its data there."""
    return {"DASTAK_DATA_DIR": str(folder)}
