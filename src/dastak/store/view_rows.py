"""Who was shown what, as rows of either database, and back. The viewer's address is sealed."""

from collections.abc import Iterable
from typing import Any, Protocol

from dastak.journeys.video_kyc.rooms import View
from dastak.store.instant import from_us, to_us
from dastak.store.vault import Vault


class Row(Protocol):
    """A row of either database."""

    def __getitem__(self, column: str, /) -> Any: ...


def view_row(vault: Vault, view: View) -> tuple[object, ...]:
    """Merchant, case, reference, viewer, sealed address, time."""
    sealed = vault.seal(view.client_ip.encode(), _box(view.merchant_id, view.case_id))
    return (view.merchant_id, view.case_id, view.reference, view.viewer, sealed, to_us(view.at))


def views_from(vault: Vault, rows: Iterable[Row]) -> tuple[View, ...]:
    """The views of rows. Raises `VaultLocked`."""
    return tuple(
        View(
            merchant_id=row["merchant_id"],
            case_id=row["case_id"],
            reference=row["reference"],
            viewer=row["viewer"],
            client_ip=vault.open(row["sealed_client_ip"], _box(row["merchant_id"], row["case_id"])).decode(),
            at=from_us(row["at"]),
        )
        for row in rows
    )


def _box(merchant_id: str, case_id: str) -> str:
    return f"evidence_view/{merchant_id}/{case_id}"
