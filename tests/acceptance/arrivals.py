"""What a receiver got, judged: nothing lost, lanes in order, the same bytes under the same id, few sent twice.

In: what the server acknowledged, what arrived, when processes were killed. Out: sentences about what is wrong; none is
right. Called by the tests and tools that break things under load.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from support.receiver import Hook


def lost(acknowledged: Mapping[str, int], arrived: Sequence[Hook]) -> list[str]:
    """Links of which fewer distinct events arrived than were acknowledged."""
    got: dict[str, set[str]] = defaultdict(set)
    for hook in arrived:
        got[hook.verification_id].add(hook.id)
    return [
        f"{verification_id}: {promised} events were acknowledged, {len(got[verification_id])} arrived"
        for verification_id, promised in acknowledged.items()
        if len(got[verification_id]) < promised
    ]


def out_of_order(arrived: Sequence[Hook]) -> list[str]:
    """Lanes whose events did not first arrive as 1, 2, 3 and so on."""
    seen: set[str] = set()
    lanes: dict[str, list[int]] = defaultdict(list)
    for hook in arrived:
        if hook.id not in seen:
            seen.add(hook.id)
            lanes[hook.header("x-dastak-journey")].append(int(hook.header("x-dastak-sequence")))
    return [
        f"{lane}: first arrivals are {order}" for lane, order in lanes.items() if order != [*range(1, len(order) + 1)]
    ]


def other_bytes(arrived: Sequence[Hook]) -> list[str]:
    """Ids that came with two bodies."""
    bodies: dict[str, bytes] = {}
    return [
        f"{hook.id} came with other bytes" for hook in arrived if bodies.setdefault(hook.id, hook.body) != hook.body
    ]


def duplicates(arrived: Sequence[Hook]) -> list[tuple[Hook, Hook]]:
    """Each arrival that is not the first of its event, with the first."""
    first: dict[str, Hook] = {}
    return [(first[hook.id], hook) for hook in arrived if first.setdefault(hook.id, hook) is not hook]


JUST_SENT_SECONDS = 1
"""An attempt may have been on its way for so long when what is known of it is lost."""


def too_many_duplicates(arrived: Sequence[Hook], kills: Sequence[tuple[float, float]], most: int) -> list[str]:
    """Kills after which more came twice than can have been in flight, and what came twice without any kill.

    Args:
        arrived: in the order of arrival.
        kills: when each kill began and when all was up again, on the receiver's clock, in order.
        most: attempts that can be in flight together.
    """
    repeated = duplicates(arrived)
    began = [start for start, _ in kills]
    after: Counter[int] = Counter(bisect_right(began, again.at) for _, again in repeated)
    wrong = [f"after kill {number}, {count} came twice" for number, count in after.items() if count > most]
    for first, again in repeated:
        if not any(start <= again.at and first.at < end + JUST_SENT_SECONDS for start, end in kills):
            wrong.append(f"{again.id} came again after {again.at - first.at:.3f} s though nothing was killed between")
    return wrong
