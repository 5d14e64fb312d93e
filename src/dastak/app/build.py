"""The composition root: joins ports to edges, once, in one place.

In: settings. Out: everything that a process needs, wired but not started. `server` runs it; the CLI borrows parts.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from starlette.applications import Starlette

from dastak.accounts.brand import BrandDesk
from dastak.accounts.credentials import Accounts
from dastak.accounts.entrance import Entrance, People
from dastak.accounts.entrance import Surroundings as EntranceSurroundings
from dastak.accounts.idempotency import LEASE
from dastak.accounts.key_desk import KeyDesk
from dastak.accounts.key_ring import Pair
from dastak.accounts.member_registry import MemberRegistry
from dastak.accounts.operator_registry import OperatorRegistry
from dastak.app import identifiers
from dastak.app.clock_watch import ClockWatch
from dastak.app.dashboard import dashboard_pages, deliveries_room
from dastak.app.dashboard_journeys import journeys_room, overview_room
from dastak.app.dashboard_people import people_of, people_room, second_step
from dastak.app.gateways import gateways
from dastak.app.keys import master_keys, purpose_key
from dastak.app.logs import attempt_log
from dastak.app.metrics.page import Page
from dastak.app.readiness import Readiness
from dastak.app.rehearsal import rehearsals
from dastak.app.role import EVERYTHING, Part, with_rooms
from dastak.app.settings import Settings, guard_policy, trouble_rules
from dastak.app.traces.tracing import Tracing
from dastak.app.video import VideoParts, video_parts
from dastak.app.video_edges import console_pages, customer_ports, rest_api
from dastak.app.video_kyc import VideoKycParts, video_kyc_parts
from dastak.app.watch import Watch
from dastak.journeys.kyc_link.desk import LinkDesk
from dastak.journeys.kyc_link.issuing import LinkIssuer
from dastak.journeys.kyc_link.merchant_desk import MerchantDesk
from dastak.journeys.kyc_link.moving import Mover
from dastak.journeys.kyc_link.observing import LinkObserver
from dastak.journeys.kyc_link.ports import Surroundings
from dastak.journeys.kyc_link.sweeper import ExpirySweeper
from dastak.journeys.tracing import JourneyTracer
from dastak.notices.notice import Channel, Gateway, Purpose
from dastak.notices.notifier import Limits, Notifier
from dastak.store.observing import StoreObserver
from dastak.store.postgres.engine import PoolSettings
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.store.vault import Vault
from dastak.transport.guard import Guard
from dastak.transport.sender import CurlSender
from dastak.transport.settings import SenderSettings
from dastak.transport.stream.sender import StreamSender
from dastak.verification.sandbox import sandbox_sources
from dastak.web.api.caller import Gate
from dastak.web.api.history import HistoryApi
from dastak.web.api.idempotency import Idempotency
from dastak.web.api.kyc_link import FormApi
from dastak.web.api.noting import KeyNotes
from dastak.web.api.operators import OperatorApi
from dastak.web.api.rehearsal import RehearsalApi
from dastak.web.api.replays import ReplayApi
from dastak.web.api.routes import api_routes
from dastak.web.api.templates import TemplateApi
from dastak.web.api.webhook_endpoints import EndpointApi
from dastak.web.application import application
from dastak.web.console.routes import console_door, console_routes
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.webhooks.room import WebhooksRoom
from dastak.web.hosted.face import MerchantFaces
from dastak.web.hosted.preview import Preview
from dastak.web.hosted.routes import hosted_routes
from dastak.web.limiter import Rate, WindowLimiter
from dastak.web.probes import probe_routes
from dastak.webhooks.arrivals import Arrivals
from dastak.webhooks.breaker_noter import BreakerNoter
from dastak.webhooks.dispatcher import LONGEST_PAUSE, Dispatcher, DispatcherSettings
from dastak.webhooks.hour_counter import HourCounter
from dastak.webhooks.keeper import Keeper
from dastak.webhooks.observing import Together
from dastak.webhooks.post import Deadlines
from dastak.webhooks.pull import Puller
from dastak.webhooks.registry import EndpointRegistry
from dastak.webhooks.replay_desk import ReplayDesk
from dastak.webhooks.replayer import Replayer
from dastak.webhooks.retention import Retention
from dastak.webhooks.trouble_noter import TroubleNoter
from dastak.webhooks.trouble_sweeper import TroubleSweeper

SANDBOX_OTP = "111000"
"""The phone OTP of KYC Links in the sandbox (contract.md §7 ruling 44)."""


LOOK_FOR_OTHERS = timedelta(seconds=0.5)
"""How often work is looked for that another process committed, should its word of it get lost."""


def utc_now() -> datetime:
    """The clock of a running process."""
    return datetime.now(UTC)


Store: TypeAlias = SqliteStore | PostgresStore
"""Either has the same ports."""


@dataclass(frozen=True, slots=True)
class Dastak:
    """One process, wired."""

    settings: Settings
    store: Store
    accounts: Accounts
    issuer: LinkIssuer
    desk: LinkDesk
    mover: Mover
    sender: CurlSender | StreamSender
    dispatcher: Dispatcher
    replayer: Replayer
    notifier: Notifier
    sweeper: ExpirySweeper
    video_kyc: VideoKycParts
    video: VideoParts
    trouble_noter: TroubleNoter
    hour_counter: HourCounter
    breaker_noter: BreakerNoter
    trouble_sweeper: TroubleSweeper
    keeper: Keeper
    deliveries_clock: ClockWatch
    notices_clock: ClockWatch
    gateways: Mapping[Channel, Gateway]
    arrivals: Arrivals
    readiness: Readiness
    metrics: Page
    tracing: Tracing
    web: Starlette


def open_store(
    settings: Settings, committed: Callable[[], None] = lambda: None, observer: StoreObserver | None = None
) -> Store:
    """The store of these settings, not opened yet."""
    common = (Vault(master_keys(settings)), identifiers.new_id, settings.public_url, committed, observer)
    if not settings.database_url:
        return SqliteStore(settings.database, *common)
    pool = PoolSettings(settings.database_url, settings.database_pool, settings.database_pooler == "transaction")
    return PostgresStore(pool, *common, settings.database_direct_url)


def accounts_in(store: Store) -> Accounts:
    """Merchants, over a store."""
    return Accounts(
        store.merchants,
        now=utc_now,
        new_id=identifiers.new_id,
        new_client_id=identifiers.new_client_id,
        new_client_secret=identifiers.new_client_secret,
    )


def keys_in(store: Store) -> KeyDesk:
    """API keys, over a store."""
    return KeyDesk(store.merchants, now=utc_now, new_pair=_new_pair)


def brand_in(store: Store) -> BrandDesk:
    """What customers see of merchants, over a store."""
    return BrandDesk(store.merchants, store.logos, new_id=identifiers.new_id)


def setup_room(settings: Settings, store: Store, issuer: LinkIssuer) -> SetupRoom:
    """What the dashboard's pages for setting up work on."""
    operators = operators_in(store)
    return SetupRoom(
        keys_in(store), brand_in(store), issuer, Preview(), operators, store.operators, settings.public_url
    )


def operators_in(store: Store) -> OperatorRegistry:
    """Operators, over a store."""
    return OperatorRegistry(store.operators, now=utc_now, new_id=identifiers.new_id)


def members_in(store: Store) -> MemberRegistry:
    """Members, over a store."""
    return MemberRegistry(store.members, now=utc_now, new_id=identifiers.new_id)


def build(settings: Settings, parts: frozenset[Part] = EVERYTHING) -> Dastak:
    """Wire a process for these parts. Nothing is opened, started or sent."""
    parts = with_rooms(settings, parts)
    watch = Watch(settings, parts)
    tracing = Tracing(settings)
    wake: list[Callable[[], None]] = []

    def committed() -> None:
        for one in wake:
            one()

    store = open_store(settings, committed, watch.storing)
    accounts = accounts_in(store)
    here = _surroundings(settings, watch.links, tracing.acts)
    guard = Guard(guard_policy(settings))
    client = StreamSender if settings.webhook_client == "own" else CurlSender
    sender = client(guard, SenderSettings(ca_file=settings.webhook_ca_file))
    deadlines = _deadlines(settings)
    in_flight = DispatcherSettings(
        in_flight=settings.webhook_in_flight,
        lease=deadlines.total + timedelta(seconds=45),
        deadlines=deadlines,
        look_again=LOOK_FOR_OTHERS if settings.database_url else LONGEST_PAUSE,
    )
    noter = TroubleNoter(store.troubles, observer=watch.troubles)
    counter = HourCounter(store.hours)
    breakers = BreakerNoter(store.breakers, lambda: dispatcher.health, now=utc_now)
    watching = Together(tracing.watching(watch.dispatching), noter, counter, breakers)
    dispatcher = Dispatcher(
        store.deliveries,
        sender,
        in_flight,
        now=utc_now,
        observer=watching,
        attempt_log=attempt_log(settings.log_level, settings.log_format),
    )
    replayer = Replayer(store.replays, now=utc_now, observer=watch.replaying)
    rules = trouble_rules(settings)
    ways_out = gateways(settings)
    limits = Limits(look_again=LOOK_FOR_OTHERS) if settings.database_url else Limits()
    notifier = Notifier(store.notices, ways_out, clock=utc_now, observer=watch.notifying, limits=limits)
    arrivals = Arrivals(store.history)
    wake += [dispatcher.wake, notifier.wake, arrivals.committed]
    mover = Mover(store.links, accounts, here)
    issuer = LinkIssuer(store.links, store.templates, store.static_links, accounts, here)
    sources = sandbox_sources(key=purpose_key(settings, "sandbox-sources"), clock=utc_now)
    desk = LinkDesk(store.links, store.static_links, accounts, sources, issuer, here)
    registry = EndpointRegistry(
        store.endpoints,
        accounts,
        guard,
        sender,
        now=utc_now,
        new_id=identifiers.new_id,
        new_secret=identifiers.new_endpoint_secret,
        deadlines=deadlines,
    )
    health = dispatcher.health if Part.DISPATCH in parts else None
    replays = ReplayDesk(store.replays, store.endpoints, now=utc_now, new_id=identifiers.new_id, wake=replayer.wake)
    limiter = WindowLimiter(_rates(settings), time.monotonic, watch.limiting.refused)
    idempotency = Idempotency(store.idempotency, utc_now, identifiers.new_id, max(LEASE, in_flight.lease))
    operators = operators_in(store)
    gate = Gate(accounts, limiter, watch.calls, tracing.acts, idempotency, KeyNotes(store.audit, utc_now))
    video_kyc = video_kyc_parts(
        settings,
        store,
        accounts,
        sources,
        now=utc_now,
        shown_otp=here.shown_otp,
        observer=watch.cases,
        tracer=tracing.acts,
    )
    video = video_parts(settings, store, video_kyc, parts, now=utc_now, turned=watch.rooms.beat)
    wake.append(video.composer.wake)
    api = api_routes(
        gate,
        FormApi(issuer),
        EndpointApi(registry, committed, health, store.troubles, rules),
        HistoryApi(store.history, utc_now, committed, Puller(store.history, arrivals)),
        TemplateApi(issuer),
        ReplayApi(replays, store.history),
        OperatorApi(operators, store.operators, utc_now, settings.public_url),
        RehearsalApi(
            rehearsals(
                settings,
                desk,
                MerchantDesk(store.links, accounts, mover, here),
                video_kyc,
                video.library,
                operators,
                now=utc_now,
            )
        ),
    )
    pages = hosted_routes(
        desk,
        cookie_key=purpose_key(settings, "cookies"),
        sandbox=settings.sandbox,
        secure_cookies=settings.public_url.startswith("https://"),
        limiter=limiter,
        clock=utc_now,
        video=customer_ports(settings, video_kyc, video, now=utc_now),
        faces=MerchantFaces(accounts, issuer),
        logos=store.logos,
    )
    agents = People(
        store.operators.operator, store.operators.operator_by_email, "the Video KYC console", Purpose.OPERATOR_CODE
    )
    console = console_door(
        Entrance(store.sign_ins, agents, accounts, at_the_entrance(settings, "operator-codes")),
        operators,
        store.audit,
        store.merchants.merchants,
        cookie_key=purpose_key(settings, "console"),
        secure_cookies=settings.public_url.startswith("https://"),
        limiter=limiter,
        clock=utc_now,
    )
    video_pages = console_pages(settings, console, store, video_kyc, video, limiter, now=utc_now)
    second = second_step(store, utc_now)
    dashboard = dashboard_pages(
        settings,
        store,
        Entrance(store.member_sign_ins, people_of(store, second), accounts, at_the_entrance(settings, "member-codes")),
        accounts,
        members_in(store),
        limiter,
        overview_room(store, issuer, video_kyc),
        journeys_room(store, issuer, MerchantDesk(store.links, accounts, mover, here), video_kyc),
        setup_room(settings, store, issuer),
        WebhooksRoom(registry, store.hours, store.troubles, health or store.breakers, rules, committed),
        deliveries_room(settings, store, replays, video_kyc.bell, committed),
        people=people_room(settings, store, accounts, utc_now),
        second=second,
        now=utc_now,
    )
    readiness = watch.readiness(store.is_writable, dispatcher, in_flight.lease)
    metrics = watch.page(
        store.deliveries,
        store.notices.next_notice_due,
        dispatcher,
        notifier,
        utc_now,
        open_replays=store.replays.open_replays,
        endpoints_failing=store.troubles.failing,
        crowd=video.crowd,
    )
    return Dastak(
        settings=settings,
        store=store,
        accounts=accounts,
        issuer=issuer,
        desk=desk,
        mover=mover,
        sender=sender,
        dispatcher=dispatcher,
        replayer=replayer,
        notifier=notifier,
        sweeper=ExpirySweeper(store.links, mover, here),
        video_kyc=video_kyc,
        video=video,
        trouble_noter=noter,
        hour_counter=counter,
        breaker_noter=breakers,
        trouble_sweeper=TroubleSweeper(
            store.troubles,
            accounts,
            rules,
            now=utc_now,
            new_id=identifiers.new_id,
            public_url=settings.public_url,
            observer=watch.troubles,
        ),
        keeper=Keeper(store.retention, _retention(settings), now=utc_now, observer=watch.keeping),
        deliveries_clock=ClockWatch("deliveries", store.clock.retries_wait_from, now=utc_now, wake=dispatcher.wake),
        notices_clock=ClockWatch("notices", store.clock.notices_wait_less, now=utc_now, wake=notifier.wake),
        gateways=ways_out,
        arrivals=arrivals,
        readiness=readiness,
        metrics=metrics,
        tracing=tracing,
        web=application(
            [*api, *rest_api(gate, video_kyc)] if Part.WEB in parts else [],
            [*pages, *video_pages, *console_routes(console), *dashboard] if Part.WEB in parts else [],
            [*probe_routes(readiness, metrics.text, watch.readers), *(video.node.door.routes() if video.node else ())],
            tracing.acts,
        ),
    )


def _new_pair() -> Pair:
    return Pair(identifiers.new_client_id(), identifiers.new_client_secret())


def _surroundings(settings: Settings, observer: LinkObserver, tracer: JourneyTracer) -> Surroundings:
    return Surroundings(
        now=utc_now,
        new_id=identifiers.new_id,
        new_code=identifiers.new_code,
        new_otp=identifiers.new_otp,
        public_url=settings.public_url,
        otp_key=purpose_key(settings, "otp"),
        max_tries=settings.max_tries,
        event_time_form=settings.kyc_link_event_time,
        shown_otp=SANDBOX_OTP if settings.sandbox else None,
        observer=observer,
        tracer=tracer,
    )


def at_the_entrance(settings: Settings, purpose: str) -> EntranceSurroundings:
    """What an entrance works with; codes are keyed by their purpose."""
    return EntranceSurroundings(
        now=utc_now,
        new_id=identifiers.new_id,
        new_code=identifiers.new_otp,
        new_token=identifiers.new_token,
        key=purpose_key(settings, purpose),
        shown_code=SANDBOX_OTP if settings.sandbox else None,
    )


def _deadlines(settings: Settings) -> Deadlines:
    return Deadlines(
        connect=timedelta(seconds=settings.webhook_connect_timeout_seconds),
        first_byte=timedelta(seconds=settings.webhook_first_byte_timeout_seconds),
        total=timedelta(seconds=settings.webhook_total_timeout_seconds),
    )


def _retention(settings: Settings) -> Retention:
    return Retention(
        exchanges=settings.keep_exchanges_days,
        deliveries=settings.keep_deliveries_days,
        bodies=settings.keep_bodies_days,
        events=settings.keep_events_days,
        notices=settings.keep_notices_days,
    )


def _rates(settings: Settings) -> dict[str, Rate]:
    sends_sms = bool(settings.sms_gateway_url)  # the sandbox alone sends none, and whole teams share its test number
    return {
        "api_operation": Rate(settings.api_rate_per_minute),
        "api_address": Rate(settings.api_rate_per_ip_per_minute),
        "link_miss": Rate(10, timedelta(minutes=5)),
        "otp": Rate(100, timedelta(minutes=5)),
        "phone": Rate(10 if sends_sms else 0, timedelta(minutes=30)),
        "booking": Rate(12, timedelta(minutes=60)),
        "check": Rate(90, timedelta(minutes=10)),
        "queue": Rate(30, timedelta(minutes=60)),
        "page": Rate(240),
        "console_page": Rate(3000),
        "console_call": Rate(12_000),
        "console_code": Rate(100, timedelta(minutes=5)),
        "console_guess": Rate(200, timedelta(minutes=5)),
        "dashboard_page": Rate(3000),
        "dashboard_code": Rate(100, timedelta(minutes=5)),
        "dashboard_guess": Rate(200, timedelta(minutes=5)),
        "dashboard_test": Rate(60),
        "static": Rate(20, timedelta(minutes=10)),
        "static_link": Rate(300, timedelta(minutes=10)),
    }
