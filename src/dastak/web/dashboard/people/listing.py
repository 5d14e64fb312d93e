"""The people's page: members and open invitations, and a form to invite somebody.

In: a visit; an address and a role; an invitation to withdraw. Out: the page.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.invitation import InvitationOver, TooManyInvitations
from dastak.accounts.member import MemberEmailTaken, Role
from dastak.accounts.person import EMAIL_LIMIT, is_address
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.people.room import PATH, ROLE_WORDS, PeopleRoom
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.form import Form
from dastak.web.refusal import Refused

DONE = {
    "invited": "The invitation is on its way. It works once, within 7 days.",
    "withdrawn": "The invitation is withdrawn: its link opens nothing any more.",
    "removed": "Removed, and signed out everywhere.",
}


async def show_people(room: PeopleRoom, door: Door, visit: Visit) -> Response:
    """The page."""
    return await _people(room, door, visit)


async def invite(room: PeopleRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Send an invitation."""
    email, role = form.get("email", ""), form.get("role", "")
    if not is_address(email):
        mistake = ("email", "Type a plain e-mail address, such as name@example.com.")
        return await _people(room, door, visit, email, role, mistake)
    if role not in set(Role):
        return await _people(room, door, visit, email, role, ("role", "Choose what they may do."))
    try:
        with door.noting(visit.member, Deed.MEMBER_INVITED, role=role):
            await room.inviter.invite(visit.member, email, Role(role))
    except MemberEmailTaken:
        return await _people(room, door, visit, email, role, ("email", "This address belongs to a member already."))
    except TooManyInvitations:
        mistake = ("email", "Too many invitations are open. Withdraw one that is not needed.")
        return await _people(room, door, visit, email, role, mistake)
    return door.go(f"{PATH}?done=invited")


async def withdraw(room: PeopleRoom, door: Door, visit: Visit, form: Form) -> Response:
    """End an invitation."""
    del form
    try:
        with door.noting(visit.member, Deed.INVITATION_WITHDRAWN):
            await room.inviter.withdraw(visit.merchant_id, visit.request.path_params["invitation_id"])
    except InvitationOver:
        raise Refused(NOT_FOUND) from None
    return door.go(f"{PATH}?done=withdrawn")


async def _people(
    room: PeopleRoom,
    door: Door,
    visit: Visit,
    email: str = "",
    role: str = Role.VIEWER,
    mistake: tuple[str, str] | None = None,
) -> Response:
    members = await door.registry.list(visit.merchant_id)
    return show(
        door,
        visit,
        "people/list",
        422 if mistake else 200,
        members=[one for one in members if one.active],
        removed=[one for one in members if not one.active],
        guarded=set(await room.authenticators.guarded_members(visit.merchant_id)),
        invitations=await room.inviter.open_ones(visit.merchant_id),
        names={one.id: one.name for one in members},
        roles=ROLE_WORDS,
        email=email[:EMAIL_LIMIT],
        role=role,
        mistakes=[mistake] if mistake else (),
        notice=DONE.get(visit.request.query_params.get("done", ""), ""),
    )
