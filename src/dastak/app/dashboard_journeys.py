"""What the dashboard's overview and its pages of journeys work on, put together from the store and the desks.

In: what `build` has made already. Out: the rooms that `dashboard_pages` hands to these areas.
"""

from dastak.app import identifiers
from dastak.app.video_kyc import VideoKycParts
from dastak.journeys.kyc_link.issuing import LinkIssuer
from dastak.journeys.kyc_link.merchant_desk import MerchantDesk
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.web.dashboard.journeys.room import JourneysRoom
from dastak.web.dashboard.overview.room import OverviewRoom


def overview_room(store: SqliteStore | PostgresStore, issuer: LinkIssuer, video_kyc: VideoKycParts) -> OverviewRoom:
    """What the first page looks at."""
    return OverviewRoom(store.tallies, issuer, store.video_kycs, video_kyc.roster, store.endpoints, store.hours)


def journeys_room(
    store: SqliteStore | PostgresStore, issuer: LinkIssuer, desk: MerchantDesk, video_kyc: VideoKycParts
) -> JourneysRoom:
    """What can be done with journeys."""
    return JourneysRoom(
        links=desk,
        link_issuer=issuer,
        cases=video_kyc.merchant,
        case_issuer=video_kyc.issuer,
        case_store=store.video_kycs,
        operators=store.operators,
        endpoints=store.endpoints,
        history=store.history,
        new_id=identifiers.new_id,
    )
