"""The doors of Video KYC, wired: the REST API, the customer's pages, the console of agents and auditors, recordings.

In: desks, rooms and storage. Out: routes, and what the customer's pages ask. `build` mounts them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.routing import BaseRoute, Route

from dastak.app import identifiers
from dastak.app.keys import purpose_key
from dastak.app.settings import Settings
from dastak.app.video import VideoParts
from dastak.app.video_kyc import VideoKycParts, recording_key
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.web.api.caller import Gate
from dastak.web.api.video_kyc_routes import video_kyc_routes
from dastak.web.api.video_kycs import CaseApi
from dastak.web.api.vkyc import VideoKycApi
from dastak.web.api.vkyc_user import UserApi
from dastak.web.console.agent.console import AgentConsole
from dastak.web.console.agent.routes import agent_routes
from dastak.web.console.door import Door
from dastak.web.console.photos import Photos
from dastak.web.console.review.room import AuditorConsole
from dastak.web.console.review.routes import review_routes
from dastak.web.hosted.video_ports import VideoPorts
from dastak.web.limiter import WindowLimiter
from dastak.web.recordings.routes import Recordings, recording_routes
from dastak.web.viewing import Viewings

GONE_AFTER = timedelta(seconds=60)
"""A customer without an open page for so long leaves the queue."""


def rest_api(gate: Gate, video_kyc: VideoKycParts) -> list[Route]:
    """The contract's calls and our own."""
    return video_kyc_routes(gate, UserApi(video_kyc.issuer), VideoKycApi(video_kyc.issuer), CaseApi(video_kyc.merchant))


def customer_ports(
    settings: Settings, video_kyc: VideoKycParts, video: VideoParts, *, now: Callable[[], datetime]
) -> VideoPorts:
    """What the customer's pages ask. With a shared database other processes may serve pages, too."""
    return VideoPorts(
        desk=video_kyc.customer,
        rooms=video.rooms,
        bell=video_kyc.bell,
        seat_key=seat_key(settings),
        photos=Photos(video.library, video_kyc.evidence, now),
        gone_after=None if settings.database_url else GONE_AFTER,
    )


def console_pages(
    settings: Settings,
    door: Door,
    store: SqliteStore | PostgresStore,
    video_kyc: VideoKycParts,
    video: VideoParts,
    limiter: WindowLimiter,
    *,
    now: Callable[[], datetime],
) -> list[BaseRoute]:
    """Pages of agents and auditors, to be mounted before the rest of the console, and what signed links open."""
    viewings = Viewings(store.evidence_views, now)
    agents = AgentConsole(
        desk=video_kyc.agents,
        cases=store.video_kycs,
        presence=video_kyc.roster,
        rooms=video.rooms,
        library=video.library,
        viewings=viewings,
        bell=video_kyc.bell,
        seat_key=seat_key(settings),
        new_id=identifiers.new_id,
        reads_pictures=video.examiner is not None,
    )
    auditors = AuditorConsole(
        desk=video_kyc.auditors,
        cases=store.video_kycs,
        library=video.library,
        views=store.evidence_views,
        viewings=viewings,
        progress=store.compositions,
        bell=video_kyc.bell,
    )
    linked = Recordings(store.video_kycs, video.library, viewings, recording_key(settings), limiter, now)
    return [*agent_routes(door, agents), *review_routes(door, auditors), *recording_routes(linked)]


def seat_key(settings: Settings) -> bytes:
    """Signs who may sit where in a call."""
    return purpose_key(settings, "seats")
