"""Texts of a merchant's own, with named places such as `{merchant}`. Pure.

In: what somebody wrote. Out: what is wrong with it, in a sentence for them; or the text with its places filled. Values
are filled in once: a place inside a value stays as it is.
"""

import re
from collections.abc import Collection, Mapping

PLACE = re.compile(r"\{([^{}]*)\}")
LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*")
"""No control characters, line ends, or marks that turn the direction of reading."""


def fault(text: str, *, limit: int, known: Collection[str], needed: Collection[str] = ()) -> str:
    """Why the text cannot be used, as a sentence; empty: it can.

    Args:
        text: as written.
        limit: the most characters, places unfilled.
        known: places that it may name.
        needed: places that it must name.
    """
    if len(text) > limit:
        return f"It has {len(text)} characters; {limit} is the most."
    if not LINE.fullmatch(text):
        return "Write it on one line, without control characters."
    named = PLACE.findall(text)
    strange = [name for name in named if name not in known]
    if strange or "{" in PLACE.sub("", text) or "}" in PLACE.sub("", text):
        places = ", ".join(f"{{{name}}}" for name in known)
        return f"Braces are for places only, and these are known here: {places}."
    missing = [name for name in needed if name not in named]
    if missing:
        return f"{', '.join(f'{{{name}}}' for name in missing)} must be in it."
    return ""


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; one that is not known stays as written."""
    return PLACE.sub(lambda found: values.get(found[1], found[0]), text)
