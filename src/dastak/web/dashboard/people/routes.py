"""Routes of the people's pages, of one's own profile, and of the links in invitations.

In: the door and the room. Out: routes to mount.
"""

from functools import partial

from starlette.routing import BaseRoute, Route

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.people import authenticator, invitation, listing, one, profile
from dastak.web.dashboard.people.room import PATH, PROFILE, PeopleRoom
from dastak.web.dashboard.routing import form, page
from dastak.web.door import guarded


def people_routes(door: Door, room: PeopleRoom) -> list[BaseRoute]:
    """All of them."""
    member = f"{PATH}/{{member_id}}"
    write = Action.PEOPLE_WRITE
    return [
        page(door, PATH, partial(listing.show_people, room), Action.PEOPLE_READ),
        form(door, PATH, partial(listing.invite, room), write),
        form(door, f"{PATH}/invitations/{{invitation_id}}/withdraw", partial(listing.withdraw, room), write),
        page(door, member, partial(one.show_one, room), write),
        form(door, f"{member}/role", partial(one.change_role, room), write),
        form(door, f"{member}/authenticator/off", partial(one.take_authenticator_off, room), write),
        form(door, f"{member}/remove", partial(one.remove, room), write),
        page(door, PROFILE, profile.show_profile, Action.SELF),
        form(door, f"{PROFILE}/name", profile.rename, Action.SELF),
        form(door, f"{PROFILE}/sessions", profile.end_session, Action.SELF),
        page(door, authenticator.PATH, authenticator.show_authenticator, Action.SELF),
        form(door, authenticator.PATH, authenticator.begin, Action.SELF),
        form(door, f"{authenticator.PATH}/confirm", authenticator.confirm, Action.SELF),
        form(door, f"{authenticator.PATH}/off", authenticator.take_off, Action.SELF),
        Route(invitation.PATH, guarded(door, partial(invitation.accept, room, door)), methods=["POST"]),
        Route(invitation.PATH, guarded(door, partial(invitation.show_invitation, room, door))),
    ]
