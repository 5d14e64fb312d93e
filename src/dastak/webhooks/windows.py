"""Who may be on the way: the window of each endpoint, the room of all, and what is at hand for when a place frees.

In: claims as they come and attempts as they end. Out: which deliveries go now, and which are given back unsent. Pure
bookkeeping; times are seconds of a monotonic clock. The dispatcher keeps one, on its own loop.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence

from dastak.webhooks.delivery import Claimed
from dastak.webhooks.turns import take_turns


class Windows:
    """Attempts on the way, exactly as many as windows and room allow; the rest waits at hand, in turn."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.sent: Counter[str] = Counter()
        """Attempts on the way, by endpoint."""
        self.waiting: Counter[str] = Counter()
        """Deliveries at hand, by endpoint."""
        self.sent_total = 0
        self.waiting_total = 0
        self._at_hand: dict[str, dict[str, deque[tuple[float, Claimed]]]] = {}
        self._turn = 0

    def put(self, claimed: Sequence[Claimed], now: float) -> None:
        """Take claims in; `next` says when they go."""
        for one in claimed:
            endpoint = one.endpoint
            of_merchant = self._at_hand.setdefault(endpoint.merchant_id, {})
            queue = of_merchant.get(endpoint.id)
            if queue is None:
                queue = of_merchant[endpoint.id] = deque()
            queue.append((now, one))
            self.waiting[endpoint.id] += 1
        self.waiting_total += len(claimed)

    def next(self) -> list[Claimed]:
        """Those that go now, and count as on the way from here: within each window, within the room, in turns."""
        free = self.capacity - self.sent_total
        if free <= 0 or not self.waiting_total:
            return []
        rooms = {
            merchant: {
                id_: max(0, min(len(queue), queue[0][1].endpoint.window - self.sent[id_])) for id_, queue in of.items()
            }
            for merchant, of in self._at_hand.items()
        }
        if sum(sum(of.values()) for of in rooms.values()) > free:
            self._turn += 1
            granted = dict(take_turns(rooms, free, self._turn))
            rooms = {merchant: {id_: granted.get(id_, 0) for id_ in of} for merchant, of in rooms.items()}
        going: list[Claimed] = []
        for merchant, of in rooms.items():
            for id_, count in of.items():
                if count:
                    queue = self._at_hand[merchant][id_]
                    going += [queue.popleft()[1] for _ in range(count)]
                    self._left(merchant, id_, count)
                    self.sent[id_] += count
        self.sent_total += len(going)
        return going

    def ended(self, endpoint_id: str) -> None:
        """One attempt is over, or did not begin after all: its place is free."""
        self.sent_total -= 1
        if self.sent[endpoint_id] == 1:
            del self.sent[endpoint_id]
        else:
            self.sent[endpoint_id] -= 1

    def withdraw(self, endpoint_ids: Iterable[str]) -> list[Claimed]:
        """Everything at hand of these endpoints; it is not here any more."""
        wanted = {id_ for id_ in endpoint_ids if id_ in self.waiting}
        return self._withdraw(lambda id_, _since: id_ in wanted) if wanted else []

    def withdraw_older(self, since: float) -> list[Claimed]:
        """Everything that was at hand before that time."""
        return self._withdraw(lambda _id, came: came < since)

    def withdraw_all(self) -> list[Claimed]:
        """Everything at hand."""
        return self._withdraw(lambda _id, _came: True)

    def taken(self) -> Counter[str]:
        """What claims need not bring, by endpoint: on the way or at hand."""
        return self.sent + self.waiting if self.waiting else Counter(self.sent)

    def _withdraw(self, which: Callable[[str, float], bool]) -> list[Claimed]:
        gone: list[Claimed] = []
        for merchant, of in list(self._at_hand.items()):
            for id_, queue in list(of.items()):
                back = [one for came, one in queue if which(id_, came)]
                if back:
                    kept = [(came, one) for came, one in queue if not which(id_, came)]
                    queue.clear()
                    queue.extend(kept)
                    self._left(merchant, id_, len(back))
                    gone += back
        return gone

    def _left(self, merchant: str, endpoint_id: str, count: int) -> None:
        self.waiting_total -= count
        self.waiting[endpoint_id] -= count
        if not self.waiting[endpoint_id]:
            del self.waiting[endpoint_id]
            del self._at_hand[merchant][endpoint_id]
            if not self._at_hand[merchant]:
                del self._at_hand[merchant]
