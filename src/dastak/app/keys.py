"""The deployment's own keys.

In: the settings. Out: master keys, and the keys derived from the first of them. The sandbox makes itself a master key
in the data folder; production must be given one.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path

from dastak.app.settings import MASTER_KEY_BYTES, Settings
from dastak.store.vault import derive

KEY_FILE = "secret.key"


class KeyFileDamaged(Exception):  # noqa: N818 - the name says what happened
    """The sandbox's own key is not what it was."""


def master_keys(settings: Settings) -> tuple[bytes, ...]:
    """The keys from the settings, or the sandbox's own."""
    return settings.secret_key or (_sandbox_key(settings.data_dir / KEY_FILE),)


def purpose_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose."""
    return derive(master_keys(settings)[0], purpose)


def _sandbox_key(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES))
        beside = path.with_suffix(f".{os.getpid()}")
        beside.touch(mode=0o600)
        with beside.open("wb") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)  # unlike a rename, it does not replace a key that another start has just made
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    try:
        key = base64.b64decode(path.read_bytes(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise KeyFileDamaged(
            f"{path} does not hold a key. Restore it from a backup: the data cannot be read without it"
        )
    return key
