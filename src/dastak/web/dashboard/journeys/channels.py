"""How customers are told: the channels, as boxes of a form. Pure.

In: a posted form. Out: the channels that were ticked.
"""

from collections.abc import Mapping

CHANNELS = (("sms", "SMS"), ("email", "E-mail"), ("whatsapp", "WhatsApp"))
"""Wire value, and words."""


def ticked(form: Mapping[str, str]) -> tuple[str, ...]:
    """Those whose box is ticked."""
    return tuple(value for value, _ in CHANNELS if form.get(f"by_{value}"))
