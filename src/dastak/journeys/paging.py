"""Where a page of journeys ended, whatever their kind. The stores' lists go on from it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort key of a page's last row, and its id."""

    at: datetime
    id: str
