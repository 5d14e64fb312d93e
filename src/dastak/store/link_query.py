"""The questions that lists of KYC Links ask, for `journeys` of both stores (`newest`).

In: a filter, where the page before ended. Out: SQL with its values. A page reads about as many rows as it gives: it
goes along an index that begins with phone or status and is in the order of the list.
"""

from dastak.journeys.kyc_link.ports import LinkFilter
from dastak.journeys.paging import Cursor
from dastak.journeys.tally import Kind
from dastak.store.instant import to_us
from dastak.store.newest import Keys, Question, is_one_of, walked
from dastak.store.vault import Vault
from dastak_sdk import FormStatus

EVERY_STATUS = tuple(status.value for status in FormStatus)


def link_phone_digests(vault: Vault, merchant_id: str, phone: str) -> list[bytes]:
    """By what a merchant finds links of a phone number, under every key; the first one is what is written."""
    return vault.digests(f"link_phone/{merchant_id}/{phone}")


def newest_links(vault: Vault, merchant_id: str, wanted: LinkFilter, after: Cursor | None, limit: int) -> Question:
    """One page of a merchant's links."""
    asked = Question()
    merchant, length = asked.put(merchant_id), asked.put(limit)
    narrow = [f"merchant_id = {merchant}", f"kind = '{Kind.KYC_LINK.value}'"]
    bounds = (("created_at >=", wanted.created_from), ("created_at <", wanted.created_until))
    narrow += [f"{bound} {asked.put(to_us(at))}" for bound, at in bounds if at is not None]
    statuses: Keys = ("status", EVERY_STATUS if wanted.statuses is None else wanted.statuses)
    if wanted.phone is None:
        return walked(asked, "journeys", narrow, statuses, after, length)
    if wanted.statuses is not None:
        narrow.append(is_one_of(asked, *statuses))
    phones: Keys = ("phone_digest", link_phone_digests(vault, merchant_id, wanted.phone))
    return walked(asked, "journeys", narrow, phones, after, length)
