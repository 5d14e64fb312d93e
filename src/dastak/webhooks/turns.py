"""Whose turn it is: merchants first, then the endpoints of each. Pure.

In: who waits, with how much room each endpoint has, and a counter. Out: how many rows each endpoint may claim, in
order. The room is shared between merchants, not between endpoints: a thousand endpoints of one merchant get what one
endpoint of another gets, unless the other wants less. Stores call it in every claim.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def take_turns(waiting: Mapping[str, Mapping[str, int]], total: int, turn: int) -> list[tuple[str, int]]:
    """Share `total` among those who wait, most evenly, and say who comes first.

    Args:
        waiting: merchant → endpoint → how many rows that endpoint has room for; ids must be unique over all merchants.
        total: how many rows may be claimed together.
        turn: counts claims. With the same waiting, `n` merchants and `m` endpoints of one of them, each of those is
            served at least once in any n * m claims in a row, however small the total.

    Returns:
        Endpoints with how many rows each may claim, those who come first first; the sum is at most `total`.
    """
    roomy = {merchant: {id_: left for id_, left in of.items() if left > 0} for merchant, of in waiting.items()}
    merchants = _rotated(sorted(merchant for merchant, of in roomy.items() if of), turn)
    if not merchants or total <= 0:
        return []
    lap = turn // len(merchants)
    grants: list[tuple[str, int]] = []
    for merchant, share in zip(merchants, _shared(total, [sum(roomy[one].values()) for one in merchants]), strict=True):
        endpoints = _rotated(sorted(roomy[merchant]), lap)
        grants += zip(endpoints, _shared(share, [roomy[merchant][one] for one in endpoints]), strict=True)
    return [(endpoint, limit) for endpoint, limit in grants if limit]


def _rotated(items: Sequence[T], turn: int) -> list[T]:
    first = turn % len(items) if items else 0
    return [*items[first:], *items[:first]]


def _shared(total: int, wants: Sequence[int]) -> list[int]:
    """Max-min fair: nobody gets more than they want, and nobody less than another who wants no more than they do.

    What does not divide goes to the first in the list.
    """
    left = total
    for done, want in enumerate(sorted(wants)):
        others = len(wants) - done
        if want * others > left:
            level, rest = divmod(left, others)
            break
        left -= want
    else:
        return list(wants)
    grants = []
    for want in wants:
        extra = 1 if rest and want > level else 0
        rest -= extra
        grants.append(min(want, level) + extra)
    return grants
