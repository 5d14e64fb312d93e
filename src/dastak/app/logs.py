"""How log lines look, and what never gets into them.

In: the settings. Out: structlog and the standard library's logging, configured alike, on standard error; and the
line of each webhook attempt, of which there are far more than of all others, written a batch at a time.
"""

import asyncio
import logging
import sys
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog

from dastak.webhooks.attempt_log import (
    EVENT,
    SHARED,
    AttemptLog,
    Shared,
    attempt_fields,
    log_attempts,
    milliseconds,
    shared_values,
)
from dastak.webhooks.delivery import Settled

HIDDEN = frozenset(
    {"aadhaar", "aadhaar_number", "authorization", "client_secret", "email", "name", "otp", "pan", "phone", "secret"}
)
"""Keys whose values are replaced in every line, whoever logs them."""


def _hide(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in HIDDEN.intersection(line):
        line[key] = "[hidden]"
    return line


def _json(line: Any, default: Any, **_: Any) -> str:
    return orjson.dumps(line, default=default).decode()


def configure_logs(level: str, log_format: str) -> None:
    """Set up logging for this process; safe to call again."""
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=_json)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # never local variables: they hold personal data
        )
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide,
    ]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer]
        if log_format == "json"
        else [*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    foreign = [structlog.stdlib.add_logger_name, *shared]
    if log_format == "json":
        foreign.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=foreign))
    logging.basicConfig(level=threshold, handlers=[handler], force=True)
    for noisy in ("uvicorn.access", "uvicorn.error", "asyncio", "urllib3", "aioice", "aiortc"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """A request that is cut off because the server stops is no defect, and has no traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def attempt_log(level: str, log_format: str) -> AttemptLog:
    """How the attempts of a batch are logged: the same lines as by structlog, for a tenth of the CPU."""
    if log_format != "json":
        return log_attempts
    if logging.getLevelNamesMapping()[level.upper()] > logging.INFO:
        return lambda _settled: None
    return _write_attempts


def _write_attempts(settled: Sequence[Settled]) -> None:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    ending = f',"event":"{EVENT}","level":"info","timestamp":"{at}"}}\n'
    sys.stderr.write("".join([attempt_line(one) + ending for one in settled]))
    sys.stderr.flush()


def attempt_line(one: Settled) -> str:
    """`attempt_fields` as JSON, but for the last brace; what a crowd has in common is written once for all of it."""
    claimed = one.claimed
    if one.verdict.retry_at is not None or claimed.trace:
        return orjson.dumps(attempt_fields(one))[:-1].decode()
    shared = _shared_text(shared_values(one))  # ids of ours need no escaping, but a reason may hold a receiver's words
    return (
        f'{{"delivery_id":"{claimed.id}","event_id":"{claimed.event_id}",{shared},"total_ms":{milliseconds(one)},'
        '"retry_at":null'
    )


@lru_cache(maxsize=4096)
def _shared_text(values: Shared) -> str:
    return orjson.dumps(dict(zip(SHARED, values, strict=True)))[1:-1].decode()
