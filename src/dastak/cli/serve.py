"""`dastak serve`: everything in one process; `dastak web`, `dispatch`, `clock`, `video`: a part, beside others."""

from dastak.cli.failing import plain_errors, settings_or_exit


def serve() -> None:
    """Run everything in one process, until Ctrl-C or SIGTERM.

    Brings the database up to date first. Stopping waits for what is in flight; nothing owed is lost either way.
    """
    _run("web", "dispatch", "clock", "video")


def web() -> None:
    """Run API and customer pages alone, on PostgreSQL; as many times as you like.

    Stopping lets open requests end.
    """
    _run("web")


def dispatch() -> None:
    """Run the delivery of webhooks alone, on PostgreSQL; as many times as you like.

    It listens too, for `/healthz`, `/readyz` and `/metrics` and nothing else. Stopping lets what is in flight end.
    """
    _run("dispatch")


def clock() -> None:
    """Run what falls due by itself alone, on PostgreSQL: expiry, messages; as many times as you like.

    It listens too, for `/healthz`, `/readyz` and `/metrics` and nothing else.
    """
    _run("clock")


def video() -> None:
    """Run the rooms of Video KYC calls alone, on PostgreSQL; as many times as you like, named in DASTAK_VIDEO_NODES.

    Stopping takes no new calls, and waits for those under way as long as DASTAK_VIDEO_DRAIN_SECONDS says.
    """
    _run("video")


def _run(*names: str) -> None:
    from dastak.app.logs import configure_logs
    from dastak.app.role import Part
    from dastak.app.server import run_server

    settings = settings_or_exit()
    configure_logs(settings.log_level, settings.log_format)
    with plain_errors():
        run_server(settings, frozenset(Part(name) for name in names))
