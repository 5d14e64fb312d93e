"""Templates and static links in PostgreSQL. Fulfils `TemplateStore` and `StaticLinkStore`."""

from collections.abc import Sequence

import asyncpg

from dastak.journeys.kyc_link.link import StaticLink
from dastak.journeys.kyc_link.template import Template
from dastak.store.done import is_there
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.template_rows import template_from, template_row
from dastak.store.vault import Vault

ONE = "SELECT name, checks, pages FROM templates WHERE merchant_id = $1 AND name = $2"
ALL = "SELECT name, checks, pages FROM templates WHERE merchant_id = $1 ORDER BY name"
PUT = """
    INSERT INTO templates (merchant_id, name, checks, pages) VALUES ($1, $2, $3, $4)
    ON CONFLICT (merchant_id, name) DO UPDATE SET checks = excluded.checks, pages = excluded.pages"""
DELETE = "DELETE FROM templates WHERE merchant_id = $1 AND name = $2 RETURNING name"
ADD_STATIC = """
    INSERT INTO static_links (merchant_id, code_digest, sealed_code, template_name, active)
    VALUES ($1, $2, $3, $4, true) ON CONFLICT (merchant_id, template_name) WHERE active DO NOTHING RETURNING 1"""
ADD_CODE = "INSERT INTO codes (digest, merchant_id) VALUES ($1, $2)"
COLUMNS = "SELECT s.merchant_id, s.code_digest, s.sealed_code, s.template_name, s.active FROM static_links AS s"
ACTIVE = f"{COLUMNS} WHERE s.merchant_id = $1 AND s.template_name = $2 AND s.active"
OF_MERCHANT = f"{COLUMNS} WHERE s.merchant_id = $1 AND s.active ORDER BY s.template_name"
OF_CODE = "SELECT merchant_id, digest FROM codes WHERE digest = ANY($1::bytea[]) AND journey_id IS NULL"
BY_DIGEST = f"{COLUMNS} WHERE s.merchant_id = $1 AND s.code_digest = $2 AND s.active"
"""Two looks and no join: codes may lie elsewhere than what they lead to."""
DEACTIVATE = """
    UPDATE static_links SET active = false WHERE merchant_id = $1 AND template_name = $2 AND active
    RETURNING merchant_id, code_digest, sealed_code, template_name, active"""


class PostgresTemplates:
    """Merchants' own templates."""

    def __init__(self, engine: Engine, deeds: Deeds) -> None:
        self._engine = engine
        self._deeds = deeds

    async def template(self, merchant_id: str, name: str) -> Template | None:
        row = await self._engine.row(ONE, merchant_id, name)
        return None if row is None else template_from(row)

    async def templates(self, merchant_id: str) -> Sequence[Template]:
        return [template_from(row) for row in await self._engine.read(lambda one: one.fetch(ALL, merchant_id))]

    async def put_template(self, merchant_id: str, template: Template) -> None:
        values = (merchant_id, *template_row(template))
        await self._deeds.write(merchant_id, lambda connection: connection.execute(PUT, *values), template.name)

    async def delete_template(self, merchant_id: str, name: str) -> bool:
        deleted = await self._deeds.write(
            merchant_id, lambda connection: connection.fetchval(DELETE, merchant_id, name), name, done=is_there
        )
        return deleted is not None


class PostgresStaticLinks:
    """Static links; their codes are found by digest, as those of journeys are."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds, public_url: str) -> None:
        self._engine = engine
        self._deeds = deeds
        self._vault = vault
        self._public_url = public_url

    async def put_static_link(self, link: StaticLink) -> StaticLink:
        digest = self._vault.digest(link.code)
        sealed = self._vault.seal(link.code.encode(), f"static_link/{digest.hex()}")

        async def work(connection: Connection) -> StaticLink | None:
            added = await connection.fetchval(ADD_STATIC, link.merchant_id, digest, sealed, link.template_name)
            if added is not None:
                await connection.execute(ADD_CODE, digest, link.merchant_id)
                return link
            row = await connection.fetchrow(ACTIVE, link.merchant_id, link.template_name)
            return None if row is None else self._from(row)

        while (
            put := await self._deeds.write(link.merchant_id, work, link.template_name, done=lambda put: put is link)
        ) is None:
            """Somebody deactivated it between our two looks: begin again."""
        return put

    async def deactivate_static_link(self, merchant_id: str, template_name: str) -> StaticLink | None:
        row = await self._deeds.write(
            merchant_id,
            lambda connection: connection.fetchrow(DEACTIVATE, merchant_id, template_name),
            template_name,
            done=is_there,
        )
        return None if row is None else self._from(row)

    async def static_links(self, merchant_id: str) -> Sequence[StaticLink]:
        return [self._from(row) for row in await self._engine.rows(OF_MERCHANT, merchant_id)]

    async def static_link_by_code(self, code: str) -> StaticLink | None:
        digests = self._vault.digests(code)

        async def work(connection: Connection) -> asyncpg.Record | None:
            found = await connection.fetchrow(OF_CODE, digests)
            return None if found is None else await connection.fetchrow(BY_DIGEST, *found)

        row = await self._engine.read(work)
        return None if row is None else self._from(row)

    def _from(self, row: asyncpg.Record) -> StaticLink:
        code = self._vault.open(row["sealed_code"], f"static_link/{row['code_digest'].hex()}").decode()
        url = f"{self._public_url}/verification/global-link/{code}"
        return StaticLink(row["merchant_id"], code, row["template_name"], url, active=row["active"])
