"""Every path of Video KYC in the REST API, in one table.

In: the handlers and the gate. Out: Starlette routes for `app.build` to mount.
"""

from starlette.routing import Route

from dastak.accounts.deed import Deed
from dastak.web.api.caller import Gate
from dastak.web.api.routing import Operation, routes_of
from dastak.web.api.video_kycs import CaseApi
from dastak.web.api.vkyc import VideoKycApi
from dastak.web.api.vkyc_user import UserApi


def video_kyc_routes(gate: Gate, users: UserApi, vkyc: VideoKycApi, cases: CaseApi) -> list[Route]:
    """The contract's paths, then the management API."""
    one = "/api/v1/video-kycs/{verification_id}"
    table: list[Operation] = [
        ("POST", "/verification/user", users.create, Deed.USER_MADE),
        ("GET", "/verification/user", users.read, Deed.DATA_READ),
        ("PATCH", "/verification/user", users.change, Deed.USER_CHANGED),
        ("POST", "/verification/vkyc", vkyc.create, Deed.JOURNEY_MADE),
        ("GET", "/verification/vkyc", vkyc.read, Deed.DATA_READ),
        ("POST", "/verification/oauth/token", vkyc.token, Deed.TOKEN_MADE),
        ("GET", "/api/v1/video-kycs", cases.list, Deed.DATA_READ),
        ("GET", one, cases.read, Deed.DATA_READ),
        ("GET", f"{one}/slots", cases.slots, None),
        ("PUT", f"{one}/schedule", cases.schedule, Deed.JOURNEY_BOOKED),
        ("DELETE", f"{one}/schedule", cases.unschedule, Deed.JOURNEY_UNBOOKED),
        ("POST", f"{one}/cancel", cases.cancel, Deed.JOURNEY_CANCELLED),
        ("POST", f"{one}/resend-notification", cases.resend, Deed.JOURNEY_RESENT),
    ]
    return routes_of(gate, table)
