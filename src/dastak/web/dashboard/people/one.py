"""One member, for whoever manages people: change the role, take the authenticator off, remove.

In: a visit with a member's id. Out: the page, or a redirect. The last owner is neither demoted nor removed.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.member import LastOwner, Member, MemberNotFound, Role
from dastak.accounts.member_registry import MemberChange
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.people.room import PATH, ROLE_WORDS, PeopleRoom
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.form import Form
from dastak.web.refusal import Refused

LAST_OWNER = "This is the last owner. Make somebody else an owner first."
SURE = "Tick the box to say that you are sure."
DONE = {
    "role": "The role is changed. It counts from their next click.",
    "authenticator": "The authenticator is off: the code from the mail is enough at their next sign-in.",
}


async def show_one(room: PeopleRoom, door: Door, visit: Visit) -> Response:
    """The page."""
    return await _one(room, door, visit, await _member(door, visit))


async def change_role(room: PeopleRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Give the member another role."""
    member, role = await _member(door, visit), form.get("role", "")
    if role not in set(Role):
        return await _one(room, door, visit, member, ("role", "Choose what they may do."))
    try:
        if member.role is not Role(role):
            with door.noting(visit.member, Deed.ROLE_CHANGED, before=member.role, after=role):
                await door.registry.change(visit.merchant_id, member.id, MemberChange(role=Role(role)))
    except LastOwner:
        return await _one(room, door, visit, member, ("role", LAST_OWNER))
    return door.go(f"{PATH}/{member.id}?done=role")


async def remove(room: PeopleRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Sign the member out everywhere, and let them in no more."""
    member = await _member(door, visit)
    if form.get("sure") != "yes":
        return await _one(room, door, visit, member, ("sure", SURE))
    try:
        with door.noting(visit.member, Deed.MEMBER_DISABLED, role=member.role):
            await door.registry.change(visit.merchant_id, member.id, MemberChange(active=False))
    except LastOwner:
        return await _one(room, door, visit, member, ("sure", LAST_OWNER))
    return door.go(f"{PATH}?done=removed")


async def take_authenticator_off(room: PeopleRoom, door: Door, visit: Visit, form: Form) -> Response:
    """For somebody who has lost their phone and their recovery codes."""
    del room, form
    member = await _member(door, visit)
    with door.noting(visit.member, Deed.AUTHENTICATOR_REMOVED):
        await door.second.drop(visit.merchant_id, member.id)
    return door.go(f"{PATH}/{member.id}?done=authenticator")


async def _member(door: Door, visit: Visit) -> Member:
    """Who the path names; somebody who was removed is not there. Raises `Refused`."""
    try:
        member = await door.registry.get(visit.merchant_id, visit.request.path_params["member_id"])
    except MemberNotFound:
        raise Refused(NOT_FOUND) from None
    if not member.active:
        raise Refused(NOT_FOUND)
    return member


async def _one(
    room: PeopleRoom, door: Door, visit: Visit, member: Member, mistake: tuple[str, str] | None = None
) -> Response:
    return show(
        door,
        visit,
        "people/one",
        422 if mistake else 200,
        one=member,
        is_guarded=member.id in await room.authenticators.guarded_members(visit.merchant_id),
        roles=ROLE_WORDS,
        mistakes=[mistake] if mistake else (),
        notice=DONE.get(visit.request.query_params.get("done", ""), ""),
    )
