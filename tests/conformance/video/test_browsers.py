"""Calls between real browsers, as customers and agents have them."""

import asyncio
from pathlib import Path

import pytest

from conformance.video.calls import AGENT, CUSTOMER, Calls
from conformance.video.test_recording import CAPTIONS, recorded_seconds
from dastak.journeys.video_kyc.call import Party
from dastak.video.compose.film import compose
from dastak.video.compose.sheet import WIDTH
from support.browser_party import a_browser, enter, play
from support.film import watch

pytestmark = pytest.mark.slow


async def test_two_browsers_meet_one_reloads_and_a_film_comes_of_it(calls: Calls, tmp_path: Path) -> None:
    async with a_browser() as browser:
        customer = await enter(browser, calls.rooms, CUSTOMER)
        agent = await enter(browser, calls.rooms, AGENT)
        for party in (customer, agent):
            found = await party.sees(60)
            assert (found["width"], found["height"]) == (640, 480)
            assert found["lost"] == 0
            assert found["samples"] > 48_000
        for seat in (CUSTOMER, AGENT):
            picture = await calls.rooms.still(seat)
            assert (picture.width, picture.height) == (640, 480)
        before = (await agent.numbers())["frames"]
        await customer.reload()
        await customer.sees(30)
        assert (await agent.sees(before + 30))["state"] == "connected"
        await customer.close()
        await calls.watcher.until(Party.CUSTOMER, *calls.watcher.of(Party.CUSTOMER), "lost", within=6)
        assert (await calls.rooms.stats(AGENT)) is not None
        await calls.rooms.close(AGENT)
    path = tmp_path / "film.mp4"
    await asyncio.to_thread(compose, lambda: calls.spool.records(CUSTOMER.room), CAPTIONS, str(path), lambda _: None)
    async with a_browser() as browser:
        played = await play(browser, path)
    assert played["width"] == WIDTH
    assert abs(played["seconds"] - recorded_seconds(calls.spool)) < 0.5
    assert played["jumped_to"] == 4, "it can be jumped about in"
    film = watch(path)
    length = recorded_seconds(calls.spool)
    for found_seconds in (film.seconds, film.picture_seconds + 0.05, film.sound_seconds):
        assert abs(found_seconds - length) < 0.5
