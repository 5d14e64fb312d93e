"""The dashboard of a process that delivers nothing shows what the dispatchers of other processes see."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dastak.accounts.member import Role
from support.customer import Customer
from support.dashboard import DashboardServer, Visitor, email_of
from support.postgres import PrivatePostgres
from support.receiver import HookReceiver, Reply
from support.server import RunningServer

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
CUSTOMERS = 3
"""Five events each: enough failures for a breaker to open."""


@pytest.mark.slow
def test_an_endpoint_that_fails_is_seen_to_fail_with_its_breaker_open_and_then_to_work_again(tmp_path: Path) -> None:
    with ExitStack() as running:
        database = running.enter_context(PrivatePostgres(fsync=False)).database()
        shared: dict[str, Any] = {"database_url": database, "secret_key": KEY}
        for name in ("web", "dispatch"):
            (tmp_path / name).mkdir()
        web = running.enter_context(DashboardServer(tmp_path / "web", ("Asha Bank",), role="web", **shared))
        running.enter_context(RunningServer(tmp_path / "dispatch", merchants=(), role="dispatch", **shared))
        receiver = running.enter_context(HookReceiver())
        viewer = Visitor(web)
        running.callback(viewer.close)
        viewer.enter(email_of(Role.VIEWER))
        receiver.answer_events("/down", *[Reply(500)] * 500)
        with web.api() as api:
            api.add_endpoint(receiver.url("/down"), retry_policy={"intervals_seconds": [1] * 20})
            for _ in range(CUSTOMERS):
                with Customer(api.create_link("Full_kyc")["form_link"]) as customer:
                    customer.complete()
        _until(viewer, "Failing", '<span class="tag bad">Open</span>', "0 %")
        receiver.play("/down", Reply(200))
        _until(viewer, '<span class="tag ">Closed</span>', "Shaky")


def _until(viewer: Visitor, *words: str) -> None:
    """What dispatchers note is a few seconds behind; each page is one look."""
    for _ in range(2000):
        viewer.go("/dashboard/developers/webhooks")
        if all(word in viewer.text for word in words):
            return
    raise AssertionError(viewer.text)
