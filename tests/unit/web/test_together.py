"""Readings that many share: never one that began before they asked, and one for all that wait."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dastak.web.together import Together


class Book:
    """Something that changes, and is read slowly."""

    def __init__(self) -> None:
        self.version = 0
        self.readings = 0
        self.under_way = 0
        self.most = 0

    async def read(self) -> int:
        self.readings += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        found = self.version
        for _ in range(5):
            await asyncio.sleep(0)
        self.under_way -= 1
        return found


async def test_many_who_ask_at_once_share_one_reading() -> None:
    book, together = Book(), Together[int]()
    assert await asyncio.gather(*(together.read("mer_1", book.read) for _ in range(50))) == [0] * 50
    assert book.readings == 1
    await together.read("mer_1", book.read)
    assert book.readings == 2, "nothing is kept for later"


async def test_names_have_readings_of_their_own() -> None:
    one, other, together = Book(), Book(), Together[int]()
    other.version = 7
    found = await asyncio.gather(together.read("a", one.read), together.read("b", other.read))
    assert list(found) == [0, 7]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=40))
def test_nobody_sees_what_was_read_before_they_asked(acts: list[tuple[int, bool]]) -> None:
    async def life() -> None:
        book, together = Book(), Together[int]()

        async def look() -> None:
            asked = book.version
            assert await together.read("mer_1", book.read) >= asked

        looks = []
        for pause, changes in acts:
            if changes:
                book.version += 1
            looks.append(asyncio.ensure_future(look()))
            for _ in range(pause):
                await asyncio.sleep(0)
        await asyncio.gather(*looks)
        assert book.most <= 1, "one after the other"
        assert book.readings <= len(acts)
        assert not together._under_way
        assert not together._next

    asyncio.run(life())


async def test_a_page_that_goes_away_takes_nothing_from_the_others() -> None:
    book, together = Book(), Together[int]()
    first = asyncio.ensure_future(together.read("mer_1", book.read))
    second = asyncio.ensure_future(together.read("mer_1", book.read))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 0
    assert book.readings == 1


async def test_a_failure_reaches_all_who_share_it_and_nobody_else() -> None:
    together, asked = Together[int](), Counter[str]()

    async def fail() -> int:
        asked["failing"] += 1
        await asyncio.sleep(0)
        raise ConnectionError("the store is away")

    answers = await asyncio.gather(*(together.read("mer_1", fail) for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError] * 3
    assert asked["failing"] == 1
    assert await together.read("mer_1", Book().read) == 0


async def test_a_failure_that_nobody_waits_for_is_no_trouble() -> None:
    async def fail() -> int:
        await asyncio.sleep(0)
        raise ConnectionError("the store is away")

    alone = asyncio.ensure_future(Together[int]().read("mer_1", fail))
    await asyncio.sleep(0)
    alone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await alone
    for _ in range(5):
        await asyncio.sleep(0)
