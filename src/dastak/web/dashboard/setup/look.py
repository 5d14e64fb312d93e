"""Colour and logo, as forms bring them and pages show them: for the company, and for a template that differs.

In: a form, an uploaded file. Out: a checked colour, a kept logo, or what to mend.
"""

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from dastak.accounts.brand import BrandDesk
from dastak.accounts.logo import MOST_LOGOS, TooManyLogos
from dastak.web.dashboard.setup.picture import MOST_BYTES, NotALogo, shrunk
from dastak.web.design.theme import DEFAULT, ENOUGH, contrasts, is_colour
from dastak.web.form import Form
from dastak.web.multipart import Parts
from dastak.web.page_headers import CSP

UPLOAD_LIMIT = MOST_BYTES + 16 * 1024
"""The file, and the fields around it."""
COLOUR_RULE = "Give a colour as # and six digits or letters from a to f, such as #0f4c48."
TOO_MANY = f"You have {MOST_LOGOS} logos. Remove one first."


@dataclass(frozen=True, slots=True)
class Legibility:
    """How well one pair of colours is read."""

    what: str
    ratio: str
    """`4.6`, to one place; never rounded up."""


def colour_in(form: Form) -> str | None:
    """The colour, empty for the usual one; None: it is none."""
    if form.get("own_colour") != "yes":
        return ""
    colour = form.get("colour", "").lower()
    return colour if is_colour(colour) else None


def legibility(colour: str) -> list[Legibility]:
    """The weakest contrast of each kind over both colour schemes; all of them are at least `ENOUGH`."""
    worst: dict[str, float] = {}
    for pair in contrasts(colour or DEFAULT):
        worst[pair.what] = min(pair.ratio, worst.get(pair.what, pair.ratio))
    return [Legibility(what, f"{int(ratio * 10) / 10}") for what, ratio in worst.items()]


async def kept_logo(desk: BrandDesk, merchant_id: str, parts: Parts) -> tuple[str, str]:
    """The id of the uploaded logo, or empty and what to mend."""
    content = parts.files.get("logo", b"")
    if not content:
        return "", "Choose a file first."
    try:
        return await desk.keep_logo(merchant_id, await asyncio.to_thread(shrunk, content)), ""
    except NotALogo as refused:
        return "", str(refused)
    except TooManyLogos:
        return "", TOO_MANY


def shown(colour: str) -> dict[str, object]:
    """What the template of both pages needs."""
    return {
        "colour": colour or DEFAULT,
        "own_colour": bool(colour),
        "legibility": legibility(colour),
        "enough": ENOUGH,
        "megabytes": MOST_BYTES // (1024 * 1024),
    }


def may_frame(answer: Response) -> Response:
    """The page, allowed to show one of our own inside it: the preview."""
    answer.headers["content-security-policy"] = f"{CSP}; frame-src 'self'"
    return answer
