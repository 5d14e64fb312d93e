"""Getting and giving up an authenticator app.

In: a visit; a code that the app shows. Out: a page with the QR code; once a code of it was right, the recovery codes,
shown once.
"""

from io import BytesIO

import segno
from markupsafe import Markup
from starlette.responses import Response

from dastak.accounts.authenticator import Authenticator, TooManyGuesses, uri
from dastak.accounts.deed import Deed
from dastak.accounts.second_step import NoAuthenticator
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.people.room import PROFILE
from dastak.web.dashboard.second_step import WRONG, waiting
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.door import client_key
from dastak.web.form import Form

PATH = f"{PROFILE}/authenticator"
GROUP = 4


async def show_authenticator(door: Door, visit: Visit) -> Response:
    """The page that takes it on, or off."""
    return await _shown(door, visit)


async def begin(door: Door, visit: Visit, form: Form) -> Response:
    """Make a secret; the page shows it until it is confirmed."""
    del form
    await door.second.begin(visit.member)
    return door.go(PATH)


async def confirm(door: Door, visit: Visit, form: Form) -> Response:
    """Ask for it from now on, and show the recovery codes."""
    door.spend("guess", client_key(visit.request))
    try:
        with door.noting(visit.member, Deed.AUTHENTICATOR_ADDED):
            codes = await door.second.confirm(visit.member, form.get("code", "")[:100])
    except NoAuthenticator:
        return door.go(PATH)
    except TooManyGuesses as too_many:
        return await _shown(door, visit, waiting(too_many.wait))
    if codes is None:
        return await _shown(door, visit, WRONG)
    return show(door, visit, "people/recovery", codes=[spaced(code) for code in codes])


async def take_off(door: Door, visit: Visit, form: Form) -> Response:
    """Ask for it no more: whoever wants that shows that they have it."""
    door.spend("guess", client_key(visit.request))
    try:
        is_right = await door.second.is_right(visit.member, form.get("code", "")[:100])
    except NoAuthenticator:
        return door.go(PROFILE)
    except TooManyGuesses as too_many:
        return await _shown(door, visit, waiting(too_many.wait))
    if not is_right:
        return await _shown(door, visit, WRONG)
    with door.noting(visit.member, Deed.AUTHENTICATOR_REMOVED):
        await door.second.drop(visit.merchant_id, visit.member.id)
    return door.go(f"{PROFILE}?done=authenticator")


def spaced(code: str) -> str:
    """A code in groups that can be read and typed."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


async def _shown(door: Door, visit: Visit, mistake: str = "") -> Response:
    kept = await door.second.of(visit.member)
    return show(
        door,
        visit,
        "people/authenticator",
        422 if mistake else 200,
        kept=kept,
        picture=_picture(kept, visit) if kept is not None and not kept.confirmed else "",
        spoken=spaced(kept.secret) if kept is not None and not kept.confirmed else "",
        mistakes=[("code", mistake)] if mistake else (),
    )


def _picture(kept: Authenticator, visit: Visit) -> Markup:
    """The QR code, drawn into the page: it is nowhere to be fetched from."""
    out = BytesIO()
    code = segno.make(uri(kept, visit.member.email, visit.merchant), error="m", micro=False)
    code.save(out, kind="svg", scale=5, border=4, xmldecl=False, svgns=True, title="QR code for the app", light="#fff")
    return Markup(out.getvalue().decode())  # noqa: S704 - drawn here, from rectangles
