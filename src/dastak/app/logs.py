"""How log lines look, and what never gets into them.

In: the settings. Out: structlog and the standard library's logging, configured alike, on standard error.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

HIDDEN = frozenset(
    {"aadhaar", "aadhaar_number", "authorization", "client_secret", "email", "name", "otp", "pan", "phone", "secret"}
)
"""Keys whose values are replaced in every line, whoever logs them."""


def _hide(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in HIDDEN.intersection(line):
        line[key] = "[hidden]"
    return line


def configure_logs(level: str, log_format: str) -> None:
    """Set up logging for this process; safe to call again."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=renderer, foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared]
        )
    )
    logging.basicConfig(level=threshold, handlers=[handler], force=True)
    for noisy in ("uvicorn.access", "uvicorn.error", "asyncio", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
