"""A customer as pages show them by default: enough to tell two apart, too little to know one. Pure.

In: what is known of a customer. Out: the same, masked. `whole` is for those who asked to see it, which is noted.
"""

from dataclasses import dataclass

from dastak.journeys.words import mask_phone

HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class Customer:
    """As it is shown."""

    name: str
    phone: str
    email: str
    is_whole: bool = False


def masked(name: str | None, phone: str, email: str | None) -> Customer:
    """First letters, the last three digits, the mail's host."""
    return Customer(mask_name(name or ""), mask_phone(phone), mask_email(email or ""))


def whole(name: str | None, phone: str, email: str | None) -> Customer:
    """Everything."""
    return Customer(name or "", phone, email or "", is_whole=True)


def mask_name(name: str) -> str:
    """`Asha Gupta` is `A••• G•••`: how long a name is stays hidden, too."""
    return " ".join(f"{part[0]}{HIDDEN}" for part in name.split())


def mask_email(email: str) -> str:
    """`asha@example.com` is `a•••@example.com`."""
    local, at, host = email.partition("@")
    return f"{local[:1]}{HIDDEN}{at}{host}" if email else ""
