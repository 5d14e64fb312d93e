"""One's own profile: name, where one is signed in, and the authenticator app.

In: a visit and its forms. Out: pages. Every member has one.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.member_registry import MemberChange
from dastak.accounts.person import NAME_LIMIT, is_name
from dastak.web.browser_name import device_name
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.people.room import PROFILE, ROLE_WORDS
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.form import Form
from dastak.web.sign_in import sign_out

DONE = {
    "name": "Your name is changed.",
    "ended": "That session is ended.",
    "authenticator": "The authenticator app is off. The code from the mail is enough again.",
}


async def show_profile(door: Door, visit: Visit) -> Response:
    """The page."""
    return await _profile(door, visit)


async def rename(door: Door, visit: Visit, form: Form) -> Response:
    """Change one's name, as colleagues see it."""
    name = " ".join(form.get("name", "").split())
    if not is_name(name):
        mistake = ("name", f"Type your name, of 1 to {NAME_LIMIT} characters.")
        return await _profile(door, visit, mistake, name[:NAME_LIMIT])
    with door.noting(visit.member, Deed.MEMBER_RENAMED):
        await door.registry.change(visit.merchant_id, visit.member.id, MemberChange(name=name))
    return door.go(f"{PROFILE}?done=name")


async def end_session(door: Door, visit: Visit, form: Form) -> Response:
    """End one session; twice is harmless. This one: signed out."""
    session_id = form.get("session", "")
    if session_id == visit.session.id:
        return await sign_out(door, visit.member, visit.session)
    with door.noting(visit.member, Deed.SESSION_ENDED):
        await door.entrance.leave(visit.member, session_id)
    return door.go(f"{PROFILE}?done=ended")


async def _profile(
    door: Door, visit: Visit, mistake: tuple[str, str] | None = None, typed: str | None = None
) -> Response:
    sessions = [
        {
            "id": one.id,
            "device": device_name(one.device),
            "since": one.created_at,
            "seen": one.seen_at,
            "here": one.id == visit.session.id,
        }
        for one in await door.entrance.sessions(visit.member)
    ]
    kept = await door.second.of(visit.member)
    return show(
        door,
        visit,
        "people/profile",
        422 if mistake else 200,
        sessions=sessions,
        guard=kept if kept is not None and kept.confirmed else None,
        may_do=ROLE_WORDS[visit.role],
        typed=visit.member.name if typed is None else typed,
        mistakes=[mistake] if mistake else (),
        notice=DONE.get(visit.request.query_params.get("done", ""), ""),
    )
