"""What stands in the places of the dashboard's paths when a test walks all of them: an area registers its own here.

In: a path, and the name of a place in it, such as `endpoint_id`. Out: a value that is there at the first merchant, made
if need be. A place that means different things has a row for the beginning of each kind of path.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dastak.accounts.member import Role
from dastak.journeys.words import MessageKind
from support.api import Api
from support.customer import Customer
from support.dashboard import DashboardServer, Visitor
from support.receiver import HookReceiver

PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass
class Samples:
    """Makes each value once. Personal data of the first merchant has `MARK` in it, to be looked for elsewhere."""

    server: DashboardServer
    api: Api
    owner: Visitor
    receiver: HookReceiver
    made: dict[str, str] = field(default_factory=dict)

    def filled(self, path: str) -> str:
        """The path with a value in each of its places; fails when nobody has registered one."""
        return PLACE.sub(lambda found: self.value(path, found[1]), path)

    def unknown(self, path: str) -> str:
        """The same path, with values of the same shape that are nobody's."""
        return PLACE.sub(lambda found: f"{self.value(path, found[1])[:-4]}zzzz", path)

    def value(self, path: str, place: str) -> str:
        """What stands in that place of that path."""
        fitting = [make for begin, named, make in OF_PATHS if path.startswith(begin) and named == place]
        assert fitting, f"register a sample for {{{place}}} of {path}, in {__name__}"
        make = fitting[0]
        if make.__name__ not in self.made:
            self.made[make.__name__] = make(self)
        return self.made[make.__name__]


MARK = "ofthefirst"
"""Part of whatever the first merchant's samples are called."""


def an_endpoint(samples: Samples) -> str:
    """A webhook endpoint."""
    return str(samples.api.add_endpoint(samples.receiver.url(f"/{MARK}"), description=MARK)["id"])


def a_link(samples: Samples) -> str:
    """A KYC Link, whose customer has done one check and gone; the endpoint hears of it."""
    samples.value("", "endpoint_id")
    link = samples.api.create_link("Full_kyc", verification_id=f"case-{MARK}", name=f"Asha {MARK}")
    with Customer(link["form_link"]) as customer:
        customer.sign_in()
        customer.pan()
    return _listed(samples, "/dashboard/journeys/kyc-links", f"case-{MARK}")


def a_case(samples: Samples) -> str:
    """A Video KYC."""
    user = {"user_id": f"user-{MARK}", "phone": "9999999999", "name": f"Asha {MARK}"}
    assert samples.api.post("/verification/user", user).status == 200
    asked = {"verification_id": f"video-{MARK}", "user_id": user["user_id"]}
    answer = samples.api.post("/verification/vkyc", asked)
    assert answer.status == 200, answer
    return _listed(samples, "/dashboard/journeys/video-kycs", f"video-{MARK}")


def _listed(samples: Samples, path: str, verification_id: str) -> str:
    """The id of a journey, as its list links it."""
    samples.owner.go(f"{path}?q={verification_id}")
    found = re.search(rf'href="{path}/(jrn_\w+)"', samples.owner.text)
    assert found, samples.owner.text
    return found[1]


def a_delivery(samples: Samples) -> str:
    """One owed to the endpoint."""
    samples.value("/dashboard/journeys/kyc-links/", "journey_id")
    return str(samples.api.deliveries()[0]["id"])


def a_replay(samples: Samples) -> str:
    """A job that sends again."""
    answer = samples.api.post("/api/v1/replays", {"endpoint_id": samples.value("", "endpoint_id")})
    assert answer.status in {200, 201, 202}, answer
    return str(answer.json["id"])


def a_key(samples: Samples) -> str:
    """An API key's client id."""
    return samples.server.merchants[0].client_id


def an_operation(_samples: Samples) -> str:
    """Of the API reference; every merchant's the same."""
    return "createKycLink"


def an_event_type(_samples: Samples) -> str:
    """Of the catalogue; every merchant's the same."""
    return "KYC_LINK_SUCCESS"


def a_member(samples: Samples) -> str:
    """Somebody of the first merchant."""
    return samples.server.member_ids[0, Role.VIEWER]


def an_invitation(samples: Samples) -> str:
    """An open one."""
    samples.owner.go("/dashboard/people")
    samples.owner.submit("/dashboard/people", email=f"{MARK}@asha.example", role="viewer")
    found = re.search(r"/dashboard/people/invitations/(inv_\w+)/withdraw", samples.owner.text)
    assert found, samples.owner.text
    return found[1]


def a_template(samples: Samples) -> str:
    """One of the merchant's own."""
    answer = samples.api.put(f"/api/v1/templates/{MARK}", {"checks": ["PANDETAILS_VERIFICATION"]})
    assert answer.status in {200, 201}, answer
    return MARK


def a_static_link(samples: Samples) -> str:
    """Of that template."""
    name = samples.value("/dashboard/setup/templates/", "name")
    answer = samples.api.post("/verification/form/static-link", {"template_name": name})
    assert answer.status == 200, answer
    return name


def a_picture(_samples: Samples) -> str:
    """In which form a QR code is drawn."""
    return "svg"


def a_message(_samples: Samples) -> str:
    """A kind of message to customers; every merchant has its own words for it."""
    return next(iter(MessageKind)).value


def an_operator(samples: Samples) -> str:
    """An agent."""
    answer = samples.api.post("/api/v1/operators", {"name": MARK, "email": f"{MARK}@op.example", "roles": ["agent"]})
    assert answer.status == 201, answer
    return str(answer.json["id"])


OF_PATHS: Sequence[tuple[str, str, Callable[[Samples], str]]] = (
    ("", "client_id", a_key),
    ("", "delivery_id", a_delivery),
    ("", "endpoint_id", an_endpoint),
    ("", "event_type", an_event_type),
    ("", "invitation_id", an_invitation),
    ("/dashboard/journeys/kyc-links/", "journey_id", a_link),
    ("/dashboard/journeys/video-kycs/", "journey_id", a_case),
    ("", "member_id", a_member),
    ("", "operation_id", an_operation),
    ("", "replay_id", a_replay),
    ("/dashboard/setup/static-links/", "name", a_static_link),
    ("/dashboard/setup/static-links/", "kind", a_picture),
    ("/dashboard/setup/messages/", "kind", a_message),
    ("/dashboard/setup/operators/", "operator_id", an_operator),
    ("/dashboard/setup/templates/", "name", a_template),
)
"""How the path begins, the name of the place, and what makes a value for it."""

EVERYBODYS = frozenset({"event_type", "kind", "operation_id"})
"""Places whose values are no merchant's: another merchant's member sees the same page there."""
