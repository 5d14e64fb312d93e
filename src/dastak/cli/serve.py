"""`dastak serve`: web, dispatcher, notifier and clock in one process."""

from dastak.cli.failing import plain_errors, settings_or_exit


def serve() -> None:
    """Run everything in one process, until Ctrl-C or SIGTERM.

    Brings the database up to date first. Stopping waits for what is in flight; nothing owed is lost either way.
    """
    from dastak.app.logs import configure_logs
    from dastak.app.server import run_server

    settings = settings_or_exit()
    configure_logs(settings.log_level, settings.log_format)
    with plain_errors():
        run_server(settings)
