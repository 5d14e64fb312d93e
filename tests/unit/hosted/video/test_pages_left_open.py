"""Who has a page open, and which one is the newest."""

import asyncio
from datetime import timedelta

from dastak.web.hosted.video.watching import Watching
from dastak.web.newest import MOST_PAGES, REMEMBERED, Newest

SOON = timedelta(0)


async def test_the_last_page_that_goes_is_noticed_once() -> None:
    watching, gone = Watching(), asyncio.Event()
    left: list[str] = []

    async def leave() -> None:
        left.append("left")
        gone.set()

    with watching.open("code", SOON, leave), watching.open("code", SOON, leave):
        pass
    await asyncio.wait_for(gone.wait(), 5)
    assert left == ["left"]


async def test_a_reload_is_no_leaving() -> None:
    watching, left = Watching(), []

    async def leave() -> None:
        left.append("left")

    with watching.open("code", SOON, leave):
        pass
    with watching.open("code", SOON, leave):
        for _ in range(5):
            await asyncio.sleep(0)
        assert left == []


async def test_a_second_tab_keeps_the_place() -> None:
    watching, left = Watching(), []

    async def leave() -> None:
        left.append("left")

    with watching.open("code", SOON, leave):
        with watching.open("code", SOON, leave):
            pass
        for _ in range(5):
            await asyncio.sleep(0)
        assert left == []


async def test_without_a_grace_nobody_is_sent_away() -> None:
    watching, left = Watching(), []

    async def leave() -> None:
        left.append("left")

    with watching.open("code", None, leave):
        pass
    for _ in range(5):
        await asyncio.sleep(0)
    assert left == []


def test_the_newest_page_takes_over_and_the_older_one_cannot_take_it_back() -> None:
    newest = Newest()
    assert newest.is_newest("call_1", "a")
    assert newest.take("call_1", "a")
    assert newest.take("call_1", "a"), "joining again after a lost connection"
    assert newest.take("call_1", "b")
    assert not newest.take("call_1", "a")
    assert not newest.is_newest("call_1", "a")
    assert newest.is_newest("call_1", "b")
    assert newest.is_newest("call_2", "a")


def test_a_call_remembers_some_pages_only() -> None:
    newest = Newest()
    for number in range(1000):
        assert newest.take("call_1", f"page {number}")
    assert not newest.take("call_1", "page 998")
    assert len(newest._pages["call_1"]) == MOST_PAGES


def test_old_calls_are_forgotten() -> None:
    newest = Newest()
    for number in range(REMEMBERED + 1):
        newest.take(f"call_{number}", "a")
    assert newest.take("call_0", "b")
    assert newest.is_newest("call_0", "b")
