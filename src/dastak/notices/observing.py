"""What the notifier tells whoever counts.

In: calls on the notifier's own event loop; they must not block or raise. Out: `app` counts them. By default nobody
listens.
"""

from typing import Literal, Protocol

from dastak.notices.notice import Channel

AttemptResult = Literal["sent", "retry", "given_up"]
QueueAct = Literal["claim", "settle"]


class NoticeObserver(Protocol):
    """Somebody who watches a notifier."""

    def turned(self) -> None:
        """The claiming loop goes round once more; at least every `Limits.look_again` while nothing holds it up."""

    def attempt_ended(self, channel: Channel, result: AttemptResult) -> None:
        """A gateway was asked, or did not have to be."""

    def queue_failed(self, during: QueueAct) -> None:
        """The queue did not do it; it will be asked again."""


class Unobserved:
    """Nobody watches."""

    def turned(self) -> None: ...

    def attempt_ended(self, channel: Channel, result: AttemptResult) -> None: ...

    def queue_failed(self, during: QueueAct) -> None: ...
