"""How log lines look, and what never gets into them.

In: the settings. Out: structlog and the standard library's logging, configured alike, on standard error; and the
line of each webhook attempt, of which there are far more than of all others, written a batch at a time.
"""

import asyncio
import logging
import sys
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from dastak.webhooks.attempt_log import EVENT, AttemptLog, attempt_fields, log_attempts
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
    said = {"event": EVENT, "level": "info", "timestamp": at}
    lines = [orjson.dumps(attempt_fields(one) | said, option=orjson.OPT_APPEND_NEWLINE) for one in settled]
    sys.stderr.write(b"".join(lines).decode())
    sys.stderr.flush()
