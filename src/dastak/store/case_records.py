"""A Video KYC and a user as rows of either database, and back.

In: values of the room, or a row by column name. Out: sealed bytes and the columns by which a case is found, or the
value again. Both stores use it.

The sealed value is whole: a row's columns repeat of it what the database must search, sort and keep unique. Only the
version counts by its column.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from dastak.journeys.video_kyc.user import VkycUser
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.instant import maybe_us, to_us
from dastak.store.newest import Row
from dastak.store.shape import read, written
from dastak.store.vault import Vault, VaultLocked
from dastak_sdk import VideoKycStatus

log = structlog.get_logger("dastak.store")

KIND = "video_kyc"
"""Of the row in `journeys`."""
NO_STATUS = ""
"""Of that row: nobody may take it for a KYC Link that has yet to expire."""

KEY = ("merchant_id", "id")
FOUND_BY = (
    "sub_status",
    "user_reference_id",
    "phone_digest",
    "created_at",
    "due_at",
    "queue_priority",
    "queue_since",
    "schedule_at",
    "live_agent_id",
    "agent_id",
    "decided_at",
    "handling_us",
    "review_since",
    "auditor_id",
    "reviewed_at",
    "composing_call",
    "sealed_state",
)
"""Columns that every save writes, in the order of `columns`."""


def phone_digests(vault: Vault, merchant_id: str, phone: str) -> list[bytes]:
    """By what a merchant finds cases of a phone number, under every key; the first one is what is written."""
    return vault.digests(f"vkyc_phone/{merchant_id}/{phone}")


def columns(vault: Vault, case: VideoKyc) -> tuple[Any, ...]:
    """The values of `FOUND_BY`."""
    queue, agent, auditor, handled = case.queue, case.agent, case.auditor, case.handling_time
    decided_at = to_us(agent.at) if agent else None
    to_review = case.status is VideoKycStatus.POST_VIDEO_CALL
    return (
        case.sub_status,
        case.user_reference_id,
        phone_digests(vault, case.merchant_id, case.phone)[0],
        to_us(case.created_at),
        maybe_us(case.due_at),
        int(queue.priority) if queue else None,
        to_us(queue.since) if queue else None,
        to_us(case.schedule.at) if case.schedule else None,
        case.live_agent_id,
        agent.operator_id if agent else None,
        decided_at,
        None if handled is None else handled // timedelta(microseconds=1),
        decided_at if to_review else None,
        auditor.operator_id if auditor else None,
        to_us(auditor.at) if auditor else None,
        case.call_to_compose,
        vault.seal(written(case), _case_box(case.merchant_id, case.id)),
    )


def sealed_user(vault: Vault, user: VkycUser) -> bytes:
    """The whole user."""
    return vault.seal(written(user), _user_box(user.merchant_id, user.user_id))


def user_from(vault: Vault, row: Row) -> VkycUser:
    """The user of a row. Raises `VaultLocked`."""
    opened = vault.open(row["sealed_state"], _user_box(row["merchant_id"], row["user_id"]))
    return replace(read(VkycUser, opened), version=row["version"])


class CaseReader:
    """Opens rows of cases, and remembers those that the vault does not open: each is said once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._unreadable: set[str] = set()

    @property
    def unreadable(self) -> list[str]:
        """Ids of cases that the clock leaves out until a restart."""
        return sorted(self._unreadable)

    def case(self, row: Row) -> VideoKyc:
        """The case of a row. Raises `VaultLocked`."""
        opened = self._vault.open(row["sealed_state"], _case_box(row["merchant_id"], row["id"]))
        return replace(read(VideoKyc, opened), version=row["version"])

    def readable(self, rows: Iterable[Row]) -> Sequence[VideoKyc]:
        """The cases of rows, without those that do not open: one that is lost must not hide the others."""
        found = []
        for row in rows:
            try:
                found.append(self.case(row))
            except VaultLocked as error:
                if row["id"] not in self._unreadable:
                    log.error("case_unreadable", journey_id=row["id"], error=str(error))  # noqa: TRY400
                self._unreadable.add(row["id"])
        return found


def _case_box(merchant_id: str, case_id: str) -> str:
    return f"video_kyc/{merchant_id}/{case_id}"


def _user_box(merchant_id: str, user_id: str) -> str:
    return f"vkyc_user/{merchant_id}/{user_id}"
