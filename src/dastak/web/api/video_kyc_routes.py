"""Every path of Video KYC in the REST API, in one table.

In: the handlers and the gate. Out: Starlette routes for `app.build` to mount.
"""

from starlette.routing import Route

from dastak.web.api.caller import Gate
from dastak.web.api.routing import Operation, routes_of
from dastak.web.api.video_kycs import CaseApi
from dastak.web.api.vkyc import VideoKycApi
from dastak.web.api.vkyc_user import UserApi


def video_kyc_routes(gate: Gate, users: UserApi, vkyc: VideoKycApi, cases: CaseApi) -> list[Route]:
    """The contract's paths, then the management API."""
    one = "/api/v1/video-kycs/{verification_id}"
    table: list[Operation] = [
        ("POST", "/verification/user", users.create),
        ("GET", "/verification/user", users.read),
        ("PATCH", "/verification/user", users.change),
        ("POST", "/verification/vkyc", vkyc.create),
        ("GET", "/verification/vkyc", vkyc.read),
        ("POST", "/verification/oauth/token", vkyc.token),
        ("GET", "/api/v1/video-kycs", cases.list),
        ("GET", one, cases.read),
        ("GET", f"{one}/slots", cases.slots),
        ("PUT", f"{one}/schedule", cases.schedule),
        ("DELETE", f"{one}/schedule", cases.unschedule),
        ("POST", f"{one}/cancel", cases.cancel),
        ("POST", f"{one}/resend-notification", cases.resend),
    ]
    return routes_of(gate, table)
