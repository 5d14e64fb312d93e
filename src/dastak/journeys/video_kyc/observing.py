"""What Video KYC tells whoever counts: after the commit, never who it is about.

In: calls on the event loop; they must not block or raise. Out: `app` counts them. By default nobody listens.
"""

from typing import Literal, Protocol

from dastak.journeys.errors import OtpReason

OtpRefusal = OtpReason | Literal["too_soon"]


class CaseObserver(Protocol):
    """Somebody who watches Video KYCs."""

    def case_made(self) -> None:
        """A case was committed."""

    def case_moved(self, kind: str, sub_status: str) -> None:
        """A signal of this kind moved a case, which stands at this sub_status now; committed."""

    def event_committed(self, event_type: str) -> None:
        """An event, and what is owed of it, is committed."""

    def otp_refused(self, reason: OtpRefusal) -> None:
        """A phone OTP was not accepted, or not sent."""

    def swept(self) -> None:
        """The clock goes on: it has looked, or moved one more case."""

    def sweep_failed(self) -> None:
        """The store did not let the clock do its work; it will be asked again."""


class Unobserved:
    """Nobody watches."""

    def case_made(self) -> None: ...

    def case_moved(self, kind: str, sub_status: str) -> None: ...

    def event_committed(self, event_type: str) -> None: ...

    def otp_refused(self, reason: OtpRefusal) -> None: ...

    def swept(self) -> None: ...

    def sweep_failed(self) -> None: ...
