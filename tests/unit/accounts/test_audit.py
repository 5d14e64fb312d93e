"""The chain of the audit log: whatever is done to it, it shows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.accounts.audit import (
    BEGINNING,
    CLI,
    DETAIL_LIMIT,
    MOST_DETAILS,
    Entry,
    Fault,
    Head,
    HeadForged,
    Link,
    Narrowing,
    canonical,
    checked,
    ended,
    exported,
    head_of,
    linked,
    verified,
    verified_on,
)
from dastak.accounts.deed import WORDS, Deed, words_of

NOW = datetime(2026, 1, 26, 8, 35, 7, 123_456, UTC)


def an_entry(number: int = 1, **details: str) -> Entry:
    return Entry("mer_1", NOW + timedelta(seconds=number), "mem_1", Deed.SIGNED_IN, f"ses_{number}", details)


def a_chain(length: int) -> list[Link]:
    links: list[Link] = []
    head = Head()
    for number in range(length):
        links.append(linked(an_entry(number), head))
        head = head_of(links[-1])
    return links


class Shelf:
    """A trail in memory, that a test may tamper with."""

    def __init__(self, links: list[Link]) -> None:
        self.chain = links
        self.kept = head_of(links[-1]) if links else Head()
        self.is_forged = False

    async def note(self, entry: Entry) -> None:
        self.chain.append(linked(entry, self.kept))
        self.kept = head_of(self.chain[-1])

    async def head(self, merchant_id: str) -> Head:
        if self.is_forged:
            raise HeadForged(merchant_id)
        return self.kept

    async def links(self, merchant_id: str, narrowing: Narrowing, before: int | None, limit: int) -> Sequence[Link]:
        raise NotImplementedError

    async def links_after(self, merchant_id: str, sequence: int, limit: int) -> Sequence[Link]:
        mine = [link for link in self.chain if link.entry.merchant_id in {merchant_id, "mer_2"}]
        return [link for link in mine if link.sequence > sequence][:limit]


def test_the_hash_is_what_the_documentation_says_so_that_anybody_can_check_an_export() -> None:
    first, second = a_chain(2)
    for link, previous in ((first, BEGINNING), (second, first.hash)):
        line = json.loads(exported(link))
        assert bytes.fromhex(line.pop("previous")) == previous
        kept = bytes.fromhex(line.pop("hash"))
        spoken = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert hashlib.sha256(previous + spoken).digest() == kept
    assert canonical(first.entry, 1) == (
        b'{"actor":"mem_1","at":"2026-01-26T08:35:07.123456Z","deed":"member.signed_in","details":{},'
        b'"merchant_id":"mer_1","sequence":1,"subject":"ses_0"}'
    )


async def test_a_whole_chain_holds_and_an_empty_one_too() -> None:
    chain = a_chain(5)
    assert await verified(Shelf(chain), "mer_1") == (head_of(chain[-1]), None)
    assert await verified(Shelf([]), "mer_1") == (Head(), None)


async def test_entries_that_are_noted_while_it_is_checked_are_no_fault() -> None:
    class Busy(Shelf):
        async def links_after(self, merchant_id: str, sequence: int, limit: int) -> Sequence[Link]:
            if len(self.chain) < 8:
                await self.note(an_entry(len(self.chain)))
            return await super().links_after(merchant_id, sequence, limit)

    reached, fault = await verified(Busy(a_chain(3)), "mer_1")
    assert (reached.sequence, fault) == (8, None)


CHANGES = {
    "merchant_id": "mer_2",
    "at": NOW,
    "actor": "mem_2",
    "deed": Deed.SIGNED_OUT,
    "subject": "ses_9",
    "details": {"role": "owner"},
}


@pytest.mark.parametrize("name", sorted(CHANGES))
async def test_a_change_to_any_part_of_an_entry_is_found_where_it_is(name: str) -> None:
    chain = a_chain(5)
    shelf = Shelf(list(chain))
    changed = replace(chain[2].entry, **{name: CHANGES[name]})  # type: ignore[arg-type]
    shelf.chain[2] = replace(chain[2], entry=changed)
    reached, fault = await verified(shelf, "mer_1")
    assert (reached.sequence, fault) == (2, Fault(3, "it was changed after it was written"))


async def test_a_changed_entry_whose_hash_was_made_anew_no_longer_carries_the_next() -> None:
    chain = a_chain(5)
    forged = linked(replace(chain[2].entry, actor="mem_2"), head_of(chain[1]))
    reached, fault = await verified(Shelf([*chain[:2], forged, *chain[3:]]), "mer_1")
    assert (reached.sequence, fault) == (3, Fault(4, "it does not follow the entry before it"))


@pytest.mark.parametrize("missing", [0, 2, 4])
async def test_a_missing_entry_is_missed_the_last_one_too(missing: int) -> None:
    shelf = Shelf(a_chain(5))
    del shelf.chain[missing]
    reached, fault = await verified(shelf, "mer_1")
    assert (reached.sequence, fault) == (missing, Fault(missing + 1, "this entry is missing"))


async def test_a_whole_chain_that_was_written_anew_does_not_end_where_it_must() -> None:
    shelf = Shelf(a_chain(5))
    kept = shelf.kept
    again = Shelf([])
    for link in shelf.chain:
        await again.note(replace(link.entry, actor="mem_2"))
    again.kept = kept
    reached, fault = await verified(again, "mer_1")
    assert (reached.sequence, fault) == (5, Fault(5, "it is not the entry that was kept as the newest"))


async def test_what_was_put_behind_the_newest_entry_is_seen() -> None:
    shelf = Shelf(a_chain(5))
    shelf.chain.append(linked(an_entry(9), shelf.kept))
    _, fault = await verified(shelf, "mer_1")
    assert fault is not None
    assert fault.sequence == 6


async def test_a_head_that_was_not_written_here_is_a_fault() -> None:
    shelf = Shelf(a_chain(2))
    shelf.is_forged = True
    _, fault = await verified(shelf, "mer_1")
    assert fault is not None
    assert "not written by this deployment" in fault.problem


def test_a_clock_that_went_back_stands_still_in_the_log() -> None:
    first = linked(an_entry(10), Head())
    second = linked(an_entry(3), head_of(first))
    assert second.entry.at == first.entry.at
    assert checked([first, second], Head()) == (head_of(second), None)


def test_details_are_kept_within_bounds() -> None:
    link = linked(an_entry(1, **{f"k{number:02d}": "x" * 999 for number in range(50)}), Head())
    assert len(link.entry.details) == MOST_DETAILS
    assert {len(value) for value in link.entry.details.values()} == {DETAIL_LIMIT}


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@given(
    st.lists(st.tuples(TEXT, TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=4)), min_size=1, max_size=12), st.data()
)
def test_any_chain_holds_and_no_two_entries_can_change_places(
    rows: list[tuple[str, str, str, dict[str, str]]], data: st.DataObject
) -> None:
    links: list[Link] = []
    head = Head()
    for actor, deed, subject, details in rows:
        links.append(linked(Entry("mer_1", NOW, actor, deed, subject, details), head))
        head = head_of(links[-1])
    assert checked(links, Head()) == (head, None)
    assert ended(head, head) is None
    at = data.draw(st.integers(0, len(links) - 1))
    other = data.draw(st.integers(0, len(links) - 1))
    links[at], links[other] = links[other], links[at]
    assert (checked(links, Head())[1] is None) == (at == other)


def test_every_deed_has_words_and_an_unknown_one_stands_for_itself() -> None:
    assert set(WORDS) == set(Deed)
    assert words_of(Deed.SIGNED_IN) == "Signed in"
    assert words_of("later.deed") == "later.deed"
    assert CLI not in set(Deed)


@given(st.integers(0, 12), st.integers(1, 5), st.none() | st.integers(0, 11))
async def test_a_check_by_pieces_finds_what_a_whole_one_finds(length: int, most: int, changed: int | None) -> None:
    shelf = Shelf(a_chain(length))
    if changed is not None and changed < length:
        link = shelf.chain[changed]
        shelf.chain[changed] = replace(link, entry=replace(link.entry, actor="mem_9"))
    checking = await verified_on(shelf, "mer_1", Head(), most)
    pieces = 1
    while not checking.is_over:
        assert checking.kept == length
        checking = await verified_on(shelf, "mer_1", checking.reached, most)
        pieces += 1
    assert (checking.reached, checking.fault) == await verified(shelf, "mer_1")
    assert pieces <= max(1, -(-length // most))
