"""The dashboard, wired: its door, and what each area asks.

In: settings, the store, and the rooms that decide. Out: routes. `build` mounts them. An area adds its routes here, with
the ports and desks that it works on.
"""

from collections.abc import Callable
from datetime import datetime

from starlette.routing import BaseRoute

from dastak.accounts.credentials import Accounts
from dastak.accounts.entrance import Entrance
from dastak.accounts.member import Member
from dastak.accounts.member_registry import MemberRegistry
from dastak.accounts.second_step import SecondStep
from dastak.app.keys import purpose_key
from dastak.app.settings import Settings
from dastak.journeys.video_kyc.bell import LiveBell
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.web.dashboard.audit.routes import audit_routes
from dastak.web.dashboard.deliveries.room import Deliveries
from dastak.web.dashboard.deliveries.routes import deliveries_routes
from dastak.web.dashboard.developers.contract import contract
from dastak.web.dashboard.developers.reference import Reference
from dastak.web.dashboard.developers.room import DevelopersRoom
from dastak.web.dashboard.developers.routes import developers_routes
from dastak.web.dashboard.door import dashboard_door
from dastak.web.dashboard.journeys.room import JourneysRoom
from dastak.web.dashboard.journeys.routes import journeys_routes
from dastak.web.dashboard.overview.room import OverviewRoom
from dastak.web.dashboard.overview.routes import overview_routes
from dastak.web.dashboard.people.room import PeopleRoom
from dastak.web.dashboard.people.routes import people_routes
from dastak.web.dashboard.routes import dashboard_routes
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.setup.routes import setup_routes
from dastak.web.dashboard.webhooks.room import WebhooksRoom
from dastak.web.dashboard.webhooks.routes import webhooks_routes
from dastak.web.limiter import WindowLimiter
from dastak.webhooks.replay_desk import ReplayDesk


def dashboard_pages(
    settings: Settings,
    store: SqliteStore | PostgresStore,
    entrance: Entrance[Member],
    accounts: Accounts,
    members: MemberRegistry,
    limiter: WindowLimiter,
    overview: OverviewRoom,
    journeys: JourneysRoom,
    setup: SetupRoom,
    webhooks: WebhooksRoom,
    deliveries: Deliveries,
    *,
    people: PeopleRoom,
    second: SecondStep,
    now: Callable[[], datetime],
) -> list[BaseRoute]:
    """Every page of the dashboard."""
    door = dashboard_door(
        entrance,
        accounts,
        members,
        store.audit,
        second,
        store.merchants.merchants,
        cookie_key=purpose_key(settings, "dashboard"),
        secure_cookies=settings.public_url.startswith("https://"),
        limiter=limiter,
        clock=now,
    )
    areas: list[BaseRoute] = [
        *overview_routes(door, overview),
        *journeys_routes(door, journeys),
        *setup_routes(door, setup),
        *developers_routes(door, DevelopersRoom(webhooks.registry, Reference(contract()), settings.public_url)),
        *webhooks_routes(door, webhooks),
        *deliveries_routes(door, deliveries),
        *people_routes(door, people),
        *audit_routes(door, store.operators.operators),
    ]
    return dashboard_routes(door, areas)


def deliveries_room(
    settings: Settings,
    store: SqliteStore | PostgresStore,
    replays: ReplayDesk,
    bell: LiveBell,
    wake: Callable[[], None],
) -> Deliveries:
    """What the area Deliveries works on."""
    return Deliveries(
        store.browsing,
        store.history,
        store.endpoints,
        store.merchants,
        replays,
        bell,
        wake,
        settings.public_url.rstrip("/"),
    )
