"""Test & Add: a signed test event goes to the URL first, its answer is shown, and only a 2xx adds the endpoint.

In: a form, sent from the popup or from the page of its own. Out: the answer live, with the new secret once, or with
what to mend. The popup asks for its content alone, by the header `x-part`.
"""

from dataclasses import dataclass, field

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.dashboard.webhooks import answers
from dastak.web.dashboard.webhooks.choices import event_choices
from dastak.web.dashboard.webhooks.room import PATH, WebhooksRoom, href
from dastak.web.dashboard.webhooks.typed import NOTHING, Mistakes, Typed, new_endpoint, typed_of
from dastak.web.endpoint_host import host_in
from dastak.web.form import Form
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.post import UrlRefused
from dastak.webhooks.registry import Tested, TooManyEndpoints

PART = "x-part"
TESTS = "test"
"""What of the limiter's each test counts in."""
HERE_ALREADY = "This URL is one of your endpoints already. Open it in the list to test or to change it."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; as it is, nothing yet."""

    typed: Typed = NOTHING
    mistakes: Mistakes = field(default_factory=list)
    tested: Tested | None = None
    endpoint: Endpoint | None = None


async def show_adding(_room: WebhooksRoom, door: Door, visit: Visit) -> Response:
    """The form on a page of its own."""
    return _page(door, visit, Outcome())


async def test_and_add(room: WebhooksRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Test, and add what passes."""
    typed = typed_of(form)
    door.spend(TESTS, visit.member.id)
    return _page(door, visit, await _outcome(room, door, visit, typed))


async def _outcome(room: WebhooksRoom, door: Door, visit: Visit, typed: Typed) -> Outcome:
    new, mistakes = new_endpoint(typed)
    if new is None:
        return Outcome(typed, mistakes)
    # so that a page that is reloaded after its answer adds nothing twice
    if any(one.url == new.url for one in await room.registry.list(visit.merchant_id)):
        return Outcome(typed, [("url", HERE_ALREADY)])
    try:
        with door.noting(visit.member, Deed.WEBHOOK_ADDED, host=host_in(new.url)):
            endpoint, tested = await room.registry.test_and_add(visit.merchant_id, new)
    except UrlRefused as refused:
        return Outcome(typed, [("url", refused.message)])
    except TooManyEndpoints as refused:
        return Outcome(typed, [("url", f"{str(refused)[:1].upper()}{str(refused)[1:]}.")])
    return Outcome(typed, [], tested, endpoint)


def values(outcome: Outcome, *, in_popup: bool) -> dict[str, object]:
    """What `add_part.html` prints."""
    endpoint = outcome.endpoint
    return {
        "path": PATH,
        "typed": outcome.typed,
        "choices": event_choices(),
        "mistakes": tuple(outcome.mistakes),
        "wrong": {field for field, _ in outcome.mistakes},
        "answer": answers.shown(outcome.tested) if outcome.tested else None,
        "added": endpoint,
        "href": href(endpoint) if endpoint else "",
        "secret": endpoint.secrets[0].secret if endpoint else "",
        "in_popup": in_popup,
    }


def _page(door: Door, visit: Visit, outcome: Outcome) -> Response:
    in_popup = PART in visit.request.headers
    template = "webhooks/add_part" if in_popup else "webhooks/add"
    return show(door, visit, template, _status(outcome), **values(outcome, in_popup=in_popup))


def _status(outcome: Outcome) -> int:
    if outcome.endpoint is not None:
        return 201
    return 422 if outcome.mistakes or outcome.tested is not None else 200
