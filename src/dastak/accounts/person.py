"""What operators and members have in common: a person of one merchant who signs in with an e-mail address.

In: names and addresses as they were typed. Out: how they must look, and by what a person is found. `entrance` lets
persons in; `operator` and `member` say what each kind may do.
"""

import re
from typing import Protocol

NAME_LIMIT = 100
EMAIL_LIMIT = 254
NAME = re.compile(r"\S(?:[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*\S)?")
NAME_RULE = "it must be words on one line, without spaces around them."
EMAIL = re.compile(r"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
EMAIL_RULE = "it must be a plain e-mail address, such as name@example.com."


class Person(Protocol):
    """Somebody who signs in at one merchant's pages."""

    @property
    def id(self) -> str: ...

    @property
    def merchant_id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def active(self) -> bool:
        """Nobody signs in who is not."""


def same_address(email: str) -> str:
    """What two spellings of one address have in common: people do not mind capitals in theirs."""
    return email.strip().casefold()


def is_address(email: str) -> bool:
    """Whether it is a plain e-mail address of a sensible length."""
    return len(email) <= EMAIL_LIMIT and EMAIL.fullmatch(email) is not None


def is_name(name: str) -> bool:
    """Whether it can stand as a person's name on a page and in a mail."""
    return len(name) <= NAME_LIMIT and name.isprintable() and NAME.fullmatch(name) is not None


def masked(email: str) -> str:
    """`meera@asha.example` → `m…@asha.example`: enough to see a slip, and nobody's whole address on a page."""
    name, _, host = email.partition("@")
    return f"{name[:1]}…@{host}"
