"""The video edge, wired: rooms for calls, the storage, and the composer of recordings.

In: the settings, the store, the desks of Video KYC. Out: what the web edge calls, and what runs beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dastak.app.keys import master_keys
from dastak.app.settings import Settings
from dastak.app.video_kyc import VideoKycParts
from dastak.journeys.video_kyc.examiner import Examiner
from dastak.journeys.video_kyc.room_closer import RoomCloser
from dastak.journeys.video_kyc.rooms import RoomWatcher
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.store.vault import Vault
from dastak.verification.pictures.reader import picture_reader
from dastak.video.addresses import own_addresses
from dastak.video.aiortc.rooms import AiortcRooms
from dastak.video.compose.broom import Broom
from dastak.video.compose.composer import Composer
from dastak.video.janus.rooms import JanusRooms
from dastak.video.janus.settings import JanusSettings
from dastak.video.library import ObstoreLibrary, S3Settings, folder_library, s3_library
from dastak.video.rooms.door import MediaRooms
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool


@dataclass(frozen=True, slots=True)
class VideoParts:
    """Calls and what is left of them."""

    rooms: MediaRooms
    library: ObstoreLibrary
    composer: Composer
    broom: Broom
    examiner: Examiner | None
    """None: the extra `assistance` is not installed."""


def video_parts(
    settings: Settings,
    store: SqliteStore | PostgresStore,
    parts: VideoKycParts,
    *,
    now: Callable[[], datetime],
) -> VideoParts:
    """Wire them. Nothing is started."""
    vault = Vault(master_keys(settings))
    spool = Spool(settings.data_dir / "spool", vault)
    library = _library(settings, vault)
    find = store.video_kycs.case_by_id
    composer = Composer(store.compositions, find, parts.evidence, library, spool, clock=now)
    rooms = _rooms(settings, parts.calls, spool, now)
    parts.bell.also_tell(RoomCloser(rooms).changed)
    return VideoParts(rooms, library, composer, Broom(spool, find), _examiner(library, parts))


def _examiner(library: ObstoreLibrary, parts: VideoKycParts) -> Examiner | None:
    """Hears of every picture that is taken in this process."""
    reader = picture_reader()
    if reader is None:
        return None
    examiner = Examiner(library, reader, parts.evidence)
    parts.bell.also_tell(examiner.changed)
    return examiner


def room_settings(settings: Settings) -> RoomSettings:
    """Where media is taken. On a developer's machine browser and server meet on loopback, too."""
    return RoomSettings(
        host_addresses=settings.video_addresses or (own_addresses() if settings.sandbox else ()),
        public_address=settings.video_public_address,
        udp_ports=settings.video_ports,
        ice_servers=settings.ice_servers,
    )


def _rooms(settings: Settings, watcher: RoomWatcher, spool: Spool, now: Callable[[], datetime]) -> MediaRooms:
    """Over gateways where there are any, else in this process."""
    if not settings.video_gateways:
        return AiortcRooms(room_settings(settings), watcher, spool, clock=now)
    janus = JanusSettings(settings.video_gateways, settings.video_gateway_secret, *settings.video_gateway_media)
    return JanusRooms(room_settings(settings), janus, watcher, spool, clock=now)


def _library(settings: Settings, vault: Vault) -> ObstoreLibrary:
    where = settings.recordings
    if not where.startswith("s3://"):
        return folder_library(Path(where) if where else settings.data_dir / "recordings", vault)
    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    return s3_library(
        S3Settings(
            bucket,
            prefix.strip("/"),
            settings.recordings_region,
            settings.recordings_endpoint,
            settings.recordings_access_key_id,
            settings.recordings_secret_access_key,
        ),
        vault,
    )
