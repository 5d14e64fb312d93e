"""Who was shown a recording or a picture, in SQLite. Fulfils `journeys.video_kyc.rooms.ViewLog`."""

from dastak.journeys.video_kyc.rooms import View
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault
from dastak.store.view_rows import view_row, views_from

ADD = """
    INSERT INTO evidence_views (merchant_id, case_id, reference, viewer, sealed_client_ip, at)
    VALUES (?, ?, ?, ?, ?, ?)"""
OF_CASE = "SELECT * FROM evidence_views WHERE merchant_id = ? AND case_id = ? ORDER BY at"


class SqliteEvidenceViews:
    """The views of one file."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def note_view(self, view: View) -> None:
        row = view_row(self._vault, view)
        await self._deeds.write(view.merchant_id, lambda connection: connection.execute(ADD, row), view.case_id)

    async def views(self, merchant_id: str, case_id: str) -> tuple[View, ...]:
        rows = await self._engine.read(
            lambda connection: connection.execute(OF_CASE, (merchant_id, case_id)).fetchall()
        )
        return views_from(self._vault, rows)
