"""What the server hands to the process that makes a film, as text.

In: `composer.py` writes it. Out: `__main__.py` reads it. Only the keys of this one recording are in it.
"""

import base64
import json
from dataclasses import asdict, dataclass

from dastak.video.compose.sheet import Captions


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be made of what."""

    folder: str
    room: str
    keys: dict[str, str]
    """Each segment's name → its key, base64."""
    captions: Captions
    descriptor: int
    """Where the film is written, as a file that can be read again."""

    def text(self) -> str:
        """For `read`."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Job":
        """From its own text."""
        fields = json.loads(text)
        return cls(**{**fields, "captions": Captions(**fields["captions"])})


class GivenKeys:
    """A `Sealer` of keys that were handed over; seals nothing."""

    def __init__(self, keys: dict[str, str]) -> None:
        self._keys = keys

    def seal(self, plain: bytes, belongs_to: str) -> bytes:
        raise NotImplementedError

    def open(self, box: bytes, belongs_to: str) -> bytes:  # noqa: ARG002 - the box was opened by who gave the key
        return base64.b64decode(self._keys[belongs_to])
