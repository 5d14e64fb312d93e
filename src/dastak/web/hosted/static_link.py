"""The public link of a template: everyone who opens it starts a KYC link of their own.

In: a visitor's phone, and name and e-mail if given. Out: a redirect to the new link, which then confirms the phone.
"""

from starlette.responses import Response

from dastak.journeys.facts import SyntaxRefused
from dastak.journeys.kyc_link.errors import LinkNotFound
from dastak.journeys.kyc_link.link import StaticLink
from dastak.web.form import Form
from dastak.web.hosted.door import Door
from dastak.web.hosted.form import compact
from dastak.web.hosted.session import Session, new_session
from dastak.web.hosted.view import Mistake
from dastak.web.hosted.visit import Visit

PREFIX = "global-link/"


async def show_static(door: Door, visit: Visit) -> Response:
    """The form of a public link."""
    link = await _active(door, visit)
    return await _show(door, visit, visit.session or new_session(visit.now), link)


async def start_from_static(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Start a link. The same form sent twice within a minute leads to the same link."""
    link = await _active(door, visit)
    phone, name, email = compact(form.get("phone", "")), form.get("name", ""), form.get("email", "")
    async with door.turns.of(f"{visit.place}/{session.id}"):
        started = door.done.outcome(visit.now, session.id, phone, name, email)
        if started is None:
            if not phone:
                return await _show(door, visit, session, link, Mistake("phone", "Type your mobile number."), form)
            door.spend("static", visit.client_ip)
            door.spend("static_link", visit.code)
            try:
                started = (await door.desk.start_from_static(visit.code, phone, name, email)).code
            except SyntaxRefused as refused:
                return await _show(door, visit, session, link, Mistake(refused.field, refused.message), form)
            door.done.note(visit.now, started, session.id, phone, name, email)
    return door.go(f"/verification/{started}")


async def _active(door: Door, visit: Visit) -> StaticLink:
    link = await door.desk.static_link(visit.code)
    if not link.active:
        raise LinkNotFound
    return link


async def _show(
    door: Door,
    visit: Visit,
    session: Session,
    link: StaticLink,
    mistake: Mistake | None = None,
    values: Form | None = None,
) -> Response:
    return door.show(
        visit,
        session,
        "static_link",
        422 if mistake else 200,
        face=await door.face(link.merchant_id, link.template_name),
        mistakes=[mistake] if mistake else [],
        values=values or {},
    )
