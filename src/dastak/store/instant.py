"""Times as they lie in the database: whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """An aware datetime as microseconds."""
    return (at - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The aware UTC datetime."""
    return EPOCH + us * _MICROSECOND


def maybe_us(at: datetime | None) -> int | None:
    """Microseconds, or NULL."""
    return None if at is None else to_us(at)


def maybe_from_us(us: int | None) -> datetime | None:
    """A datetime, or None for NULL."""
    return None if us is None else from_us(us)
