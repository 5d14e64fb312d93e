"""What KYC Links tell whoever counts: after the commit, never who they are about.

In: calls on the event loop; they must not block or raise. Out: `app` counts them. By default nobody listens.
"""

from typing import Literal, Protocol

from dastak.journeys.errors import OtpReason
from dastak_sdk import FormStatus

OtpRefusal = OtpReason | Literal["too_soon"]


class LinkObserver(Protocol):
    """Somebody who watches KYC Links."""

    def link_made(self) -> None:
        """A link was committed."""

    def link_ended(self, status: FormStatus) -> None:
        """A link has reached a final status, and that is committed."""

    def event_committed(self, event_type: str) -> None:
        """An event, and what is owed of it, is committed."""

    def otp_refused(self, reason: OtpRefusal) -> None:
        """A phone OTP was not accepted, or not sent."""

    def swept(self) -> None:
        """The clock goes on: it has looked, or expired one more link."""

    def sweep_failed(self) -> None:
        """The store did not let the clock do its work; it will be asked again."""


class Unobserved:
    """Nobody watches."""

    def link_made(self) -> None: ...

    def link_ended(self, status: FormStatus) -> None: ...

    def event_committed(self, event_type: str) -> None: ...

    def otp_refused(self, reason: OtpRefusal) -> None: ...

    def swept(self) -> None: ...

    def sweep_failed(self) -> None: ...
