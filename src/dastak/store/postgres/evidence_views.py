"""Who was shown a recording or a picture, in PostgreSQL. Fulfils `journeys.video_kyc.rooms.ViewLog`."""

from dastak.journeys.video_kyc.rooms import View
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import Engine
from dastak.store.vault import Vault
from dastak.store.view_rows import view_row, views_from

ADD = """
    INSERT INTO evidence_views (merchant_id, case_id, reference, viewer, sealed_client_ip, at)
    VALUES ($1, $2, $3, $4, $5, $6)"""
OF_CASE = "SELECT * FROM evidence_views WHERE merchant_id = $1 AND case_id = $2 ORDER BY at"


class PostgresEvidenceViews:
    """The views of one database."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def note_view(self, view: View) -> None:
        row = view_row(self._vault, view)
        await self._deeds.write(view.merchant_id, lambda connection: connection.execute(ADD, *row), view.case_id)

    async def views(self, merchant_id: str, case_id: str) -> tuple[View, ...]:
        return views_from(self._vault, await self._engine.rows(OF_CASE, merchant_id, case_id))
