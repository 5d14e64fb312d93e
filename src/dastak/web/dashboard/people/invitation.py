"""What an invitation's link opens: who invites, to what, and a form that accepts.

In: a merchant's id and the link's token. Out: the page, or the sign-in page once it is accepted. Opening the link
changes nothing: mail programs look at links, too.
"""

from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.invitation import Invitation, InvitationOver
from dastak.accounts.member import MemberEmailTaken, TooManyMembers
from dastak.accounts.noting import Note, noting
from dastak.accounts.person import NAME_LIMIT, is_name, masked
from dastak.web.csrf import FIELD
from dastak.web.dashboard.door import ROOM, Door
from dastak.web.dashboard.people.room import ROLE_WORDS, PeopleRoom
from dastak.web.door import client_key
from dastak.web.form import read_form
from dastak.web.origin import is_own_origin
from dastak.web.refusal import NOT_OUR_FORM, PlainPage, Refused

PATH = "/dashboard/invitations/{merchant_id}/{token}"
OVER = PlainPage(
    404,
    "This invitation is over",
    "It was used or withdrawn, or it is older than 7 days. Ask whoever invited you for a new one. If you have accepted "
    "it, you can sign in.",
    "Sign in",
    ROOM.sign_in,
)
TAKEN = PlainPage(
    409, "You are a member already", "Sign in with the address that was invited.", "Sign in", ROOM.sign_in
)
FULL = PlainPage(409, "There is no more room", "This company has as many members as it can have. Tell who invited you.")
LONGEST = 200


async def show_invitation(room: PeopleRoom, door: Door, request: Request) -> Response:
    """The page."""
    return await _shown(door, await _invitation(room, door, request), request.url.path)


async def accept(room: PeopleRoom, door: Door, request: Request) -> Response:
    """Make the member, who signs in next."""
    form = await read_form(request)
    invitation = await _invitation(room, door, request)
    if not is_own_origin(request) or not door.csrf.holds(invitation.id, form.get(FIELD, "")):
        raise Refused(NOT_OUR_FORM)
    name = " ".join(form.get("name", "").split())
    if not is_name(name):
        mistake = ("name", f"Type your name, of 1 to {NAME_LIMIT} characters.")
        return await _shown(door, invitation, request.url.path, name[:NAME_LIMIT], mistake)
    try:
        with noting(_note(door, invitation)):
            member = await room.inviter.accept(invitation, name)
    except InvitationOver:
        raise Refused(OVER) from None
    except MemberEmailTaken:
        raise Refused(TAKEN) from None
    except TooManyMembers:
        raise Refused(FULL) from None
    return door.go(f"{ROOM.sign_in}?merchant={member.merchant_id}")


def _note(door: Door, invitation: Invitation) -> Note:
    """By the member that it makes."""
    role, by = invitation.role.value, invitation.invited_by
    return Note(invitation.merchant_id, door.clock(), "", Deed.INVITATION_ACCEPTED, role=role, invited_by=by)


async def _invitation(room: PeopleRoom, door: Door, request: Request) -> Invitation:
    """What the path names. Raises `Refused`."""
    door.spend("guess", client_key(request))
    merchant_id, token = request.path_params["merchant_id"], request.path_params["token"]
    if max(len(merchant_id), len(token)) > LONGEST or "\x00" in merchant_id:
        raise Refused(OVER)
    try:
        return await room.inviter.shown(merchant_id, token)
    except InvitationOver:
        raise Refused(OVER) from None


async def _shown(
    door: Door, invitation: Invitation, action: str, name: str = "", mistake: tuple[str, str] | None = None
) -> Response:
    return door.pages.render(
        "people/invitation",
        422 if mistake else 200,
        merchant=await door.entrance.merchant_name(invitation.merchant_id),
        token=door.csrf.token(invitation.id),
        action=action,
        role=invitation.role.value,
        may_do=ROLE_WORDS[invitation.role],
        shown=masked(invitation.email),
        typed=name,
        mistakes=[mistake] if mistake else (),
    )
