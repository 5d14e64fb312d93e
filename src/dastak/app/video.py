"""The video edge, wired: rooms for calls, the storage, and the composer of recordings.

In: the settings, the store, the desks of Video KYC. Out: what the web edge calls, and what runs beside it. The rooms
are in this process, or on nodes (`dastak video`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dastak.app.keys import master_keys, purpose_key
from dastak.app.role import Part, is_node
from dastak.app.settings import Settings
from dastak.app.video_kyc import VideoKycParts
from dastak.journeys.video_kyc.examiner import Examiner
from dastak.journeys.video_kyc.room_closer import RoomCloser
from dastak.journeys.video_kyc.rooms import IceServer, Rooms, RoomWatcher
from dastak.store.postgres.store import PostgresStore
from dastak.store.sqlite.store import SqliteStore
from dastak.store.vault import Vault, derive
from dastak.verification.pictures.reader import picture_reader
from dastak.video.addresses import own_addresses
from dastak.video.aiortc.rooms import AiortcRooms
from dastak.video.compose.broom import Broom
from dastak.video.compose.composer import Composer, ComposerSettings
from dastak.video.janus.rooms import JanusRooms
from dastak.video.janus.settings import JanusSettings
from dastak.video.library import ObstoreLibrary, S3Settings, folder_library, s3_library
from dastak.video.remote import client as remote
from dastak.video.remote.claim import claims
from dastak.video.remote.node import NodeDoor
from dastak.video.remote.rooms import RemoteRooms
from dastak.video.remote.sealed import Reader
from dastak.video.rooms.door import MediaRooms
from dastak.video.rooms.house import Crowd
from dastak.video.settings import RoomSettings
from dastak.video.spool.owner import name_of
from dastak.video.spool.spool import Spool
from dastak.video.turn import with_names

_PURPOSE = "video-nodes"
"""Of the key with which web processes and nodes talk."""


class RunningRooms(Rooms, Protocol):
    """Rooms here or elsewhere, which are opened with the process and closed with it."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Node:
    """What a process has that holds rooms for others."""

    rooms: MediaRooms
    door: NodeDoor
    spool: Spool


@dataclass(frozen=True, slots=True)
class VideoParts:
    """Calls and what is left of them."""

    rooms: RunningRooms
    library: ObstoreLibrary
    composer: Composer
    broom: Broom
    examiner: Examiner | None
    """None: the extra `assistance` is not installed."""
    node: Node | None
    crowd: Callable[[], Crowd]
    """What is going on in the rooms of this process."""


def video_parts(
    settings: Settings,
    store: SqliteStore | PostgresStore,
    parts: VideoKycParts,
    role: frozenset[Part],
    *,
    now: Callable[[], datetime],
    turned: Callable[[], None],
) -> VideoParts:
    """Wire them. Nothing is started. `turned`: the rooms of this process do their work."""
    vault = Vault(master_keys(settings))
    folder = settings.data_dir / "spool"
    spool = Spool(folder, vault, name_of(folder) if is_node(role) else "")
    library = _library(settings, vault)
    find = store.video_kycs.case_by_id
    making = ComposerSettings(only_here=is_node(role))
    composer = Composer(store.compositions, find, parts.evidence, library, spool, clock=now, settings=making)
    here = _rooms_here(settings, parts.calls, spool, now, turned)
    rooms: RunningRooms = _rooms_elsewhere(settings, parts) if settings.video_nodes and Part.VIDEO not in role else here
    parts.bell.also_tell(RoomCloser(rooms).changed)
    node = None
    if is_node(role):
        reader = Reader([derive(key, _PURPOSE) for key in master_keys(settings)], time.time)
        node = Node(here, NodeDoor(here, claims(parts.evidence, spool), reader), spool)
    examiner = _examiner(library, parts)
    return VideoParts(rooms, library, composer, Broom(spool, find), examiner, node, lambda: here.crowd)


def _examiner(library: ObstoreLibrary, parts: VideoKycParts) -> Examiner | None:
    """Hears of every picture that is taken in this process."""
    reader = picture_reader()
    if reader is None:
        return None
    examiner = Examiner(library, reader, parts.evidence)
    parts.bell.also_tell(examiner.changed)
    return examiner


def _rooms_elsewhere(settings: Settings, parts: VideoKycParts) -> RemoteRooms:
    key = purpose_key(settings, _PURPOSE)
    nodes = [remote.Node(url, key) for url in settings.video_nodes]

    def ice_servers() -> tuple[IceServer, ...]:
        return with_names(settings.ice_servers, settings.turn_secret, time.time())

    return RemoteRooms(nodes, parts.calls.broken, ice_servers)


def room_settings(settings: Settings) -> RoomSettings:
    """Where media is taken. On a developer's machine browser and server meet on loopback, too."""
    return RoomSettings(
        host_addresses=settings.video_addresses or (own_addresses() if settings.sandbox else ()),
        public_address=settings.video_public_address,
        udp_ports=settings.video_ports,
        ice_servers=settings.ice_servers,
        turn_secret=settings.turn_secret,
    )


def _rooms_here(
    settings: Settings, watcher: RoomWatcher, spool: Spool, now: Callable[[], datetime], turned: Callable[[], None]
) -> MediaRooms:
    """Over gateways where there are any, else in this process."""
    if not settings.video_gateways:
        return AiortcRooms(room_settings(settings), watcher, spool, clock=now, turned=turned)
    janus = JanusSettings(settings.video_gateways, settings.video_gateway_secret, *settings.video_gateway_media)
    return JanusRooms(room_settings(settings), janus, watcher, spool, clock=now, turned=turned)


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
