"""What can go wrong with a KYC Link, in the customer's and the merchant's terms; no HTTP here.

JourneyError            in `journeys/errors.py`, with what every journey shares
├── LinkNotFound
├── LinkClosed          the link is done or expired
├── CheckClosed         that check is done, not on this link, or out of tries
├── UnknownTemplate
└── StaticLinkNotLinked
"""

from dastak.journeys.errors import JourneyError


class LinkNotFound(JourneyError):  # noqa: N818 - the names say what happened
    """There is no such link."""

    code = "link_not_found"


class LinkClosed(JourneyError):  # noqa: N818
    """The link is finished or expired; nothing more can be done with it."""

    code = "link_closed"


class CheckClosed(JourneyError):  # noqa: N818
    """This check is done, is not part of the link, or has no try left."""

    code = "check_closed"


class UnknownTemplate(JourneyError):  # noqa: N818
    """The merchant has no template of that name."""

    code = "template_name_not_found"


class StaticLinkNotLinked(JourneyError):  # noqa: N818
    """The template has no active static link."""

    code = "static_link_not_linked"
