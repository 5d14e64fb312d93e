"""The questions that lists of Video KYCs ask, as SQL that both databases understand: values are `$1`, `$2` and so on.

In: a filter, where the page before ended. Out: SQL with its values, for `video_kycs` of both stores.

A page reads about as many rows as it gives, whatever the filter: it goes along an index that is in the order of the
list. Several sub_statuses are as many walks, each cut at the length of the page, put in order together. Only what was
reviewed since some time is found by that time, and sorted.
"""

from collections.abc import Sequence

from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.store.case_records import phone_digests
from dastak.store.instant import to_us
from dastak.store.newest import NEWEST_FIRST, Keys, Question, is_one_of, walked
from dastak.store.vault import Vault
from dastak_sdk import SUB_STATUSES

FOUND_THEN_SORTED = "ORDER BY +created_at DESC, id DESC"
"""The sign keeps a database from walking the whole history in this order, in search of the few that fit."""
LONGEST_WAITING_FIRST = "ORDER BY review_since, id"


def newest_first(vault: Vault, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int) -> Question:
    """One page of a merchant's cases."""
    asked = Question()
    merchant, length = asked.put(merchant_id), asked.put(limit)
    leads, rest = _leads(vault, merchant_id, wanted)
    order = NEWEST_FIRST if wanted.reviewed_from is None else FOUND_THEN_SORTED
    narrow = [f"merchant_id = {merchant}", *_ranges(asked, wanted), *(is_one_of(asked, *one) for one in rest)]
    return walked(asked, "video_kycs", narrow, leads, after, length, order)


def to_review(vault: Vault, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int) -> Question:
    """One page of what waits for an auditor."""
    asked = Question()
    narrow = [*_whole(asked, vault, merchant_id, wanted), "review_since IS NOT NULL"]
    if after is not None:
        narrow.append(f"(review_since, id) > ({asked.put(to_us(after.at))}, {asked.put(after.id)})")
    where = " AND ".join(narrow)
    asked.sql = f"SELECT * FROM video_kycs WHERE {where} {LONGEST_WAITING_FIRST} LIMIT {asked.put(limit)}"
    return asked


def counted(vault: Vault, merchant_id: str, wanted: CaseFilter) -> Question:
    """How many of each sub_status: rows of `sub_status` and `number`."""
    asked = Question()
    where = _whole(asked, vault, merchant_id, wanted)
    grouped = "sub_status" if len(where) == 1 else UNSORTED
    asked.sql = f"""
        SELECT {grouped} AS sub_status, count(*) AS number FROM video_kycs WHERE {" AND ".join(where)} GROUP BY 1"""
    return asked


UNSORTED = "sub_status || ''"
"""Keeps a database from taking the index that begins with it, where the filter says something better."""


def _keys(vault: Vault, merchant_id: str, wanted: CaseFilter) -> list[Keys]:
    """What the filter says of columns that have an index in the order of lists, the fewest rows first."""
    found: list[Keys] = []
    if wanted.phone is not None:
        found.append(("phone_digest", phone_digests(vault, merchant_id, wanted.phone)))
    for column, value in (
        ("user_reference_id", wanted.user_reference_id),
        ("auditor_id", wanted.auditor_id),
        ("agent_id", wanted.agent_id),
    ):
        found += [(column, (value,))] if value is not None else []
    sub_statuses = _sub_statuses(wanted)
    column = "sub_status" if wanted.reviewed_from is None else UNSORTED
    return found if sub_statuses is None else [*found, (column, sub_statuses)]


def _leads(vault: Vault, merchant_id: str, wanted: CaseFilter) -> tuple[Keys | None, Sequence[Keys]]:
    """By what to walk, and what else must fit."""
    keys = _keys(vault, merchant_id, wanted)
    return (None, keys) if not keys or wanted.reviewed_from is not None else (keys[0], keys[1:])


def _sub_statuses(wanted: CaseFilter) -> Sequence[str] | None:
    """A case's status follows from its sub_status."""
    if wanted.statuses is None:
        return wanted.sub_statuses
    of_statuses = [name for name, row in SUB_STATUSES.items() if row.status in wanted.statuses]
    return [name for name in of_statuses if wanted.sub_statuses is None or name in wanted.sub_statuses]


def _whole(asked: Question, vault: Vault, merchant_id: str, wanted: CaseFilter) -> list[str]:
    """Every condition of the filter."""
    keys = [is_one_of(asked, *one) for one in _keys(vault, merchant_id, wanted)]
    return [f"merchant_id = {asked.put(merchant_id)}", *keys, *_ranges(asked, wanted)]


def _ranges(asked: Question, wanted: CaseFilter) -> list[str]:
    bounds = (
        ("created_at >=", wanted.created_from),
        ("created_at <", wanted.created_until),
        ("reviewed_at >=", wanted.reviewed_from),
        ("reviewed_at <", wanted.reviewed_until),
    )
    return [f"{bound} {asked.put(to_us(at))}" for bound, at in bounds if at is not None]
