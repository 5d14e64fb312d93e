"""Templates and static links in SQLite. Fulfils `TemplateStore` and `StaticLinkStore` of `journeys.kyc_link.ports`."""

import sqlite3
from collections.abc import Sequence

from dastak.journeys.kyc_link.link import StaticLink
from dastak.journeys.kyc_link.template import Template
from dastak.store.done import is_there
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.template_rows import template_from, template_row
from dastak.store.vault import Vault

ONE = "SELECT name, checks, pages FROM templates WHERE merchant_id = ? AND name = ?"
ALL = "SELECT name, checks, pages FROM templates WHERE merchant_id = ? ORDER BY name"
PUT = """
    INSERT INTO templates (merchant_id, name, checks, pages) VALUES (?, ?, ?, ?)
    ON CONFLICT (merchant_id, name) DO UPDATE SET checks = excluded.checks, pages = excluded.pages"""
DELETE = "DELETE FROM templates WHERE merchant_id = ? AND name = ?"
ADD_STATIC = """
    INSERT INTO static_links (merchant_id, code_digest, sealed_code, template_name, active) VALUES (?, ?, ?, ?, 1)"""
ACTIVE = """
    SELECT merchant_id, code_digest, sealed_code, template_name, active FROM static_links
    WHERE merchant_id = ? AND template_name = ? AND active = 1"""
BY_CODE = """
    SELECT merchant_id, code_digest, sealed_code, template_name, active FROM static_links
    WHERE code_digest = ? AND active = 1"""
OF_MERCHANT = """
    SELECT merchant_id, code_digest, sealed_code, template_name, active FROM static_links
    WHERE merchant_id = ? AND active = 1 ORDER BY template_name"""
DEACTIVATE = "UPDATE static_links SET active = 0 WHERE code_digest = ?"


class SqliteTemplates:
    """Merchants' own templates."""

    def __init__(self, engine: Engine, deeds: Deeds) -> None:
        self._engine = engine
        self._deeds = deeds

    async def template(self, merchant_id: str, name: str) -> Template | None:
        row = await self._engine.read(lambda connection: connection.execute(ONE, (merchant_id, name)).fetchone())
        return None if row is None else template_from(row)

    async def templates(self, merchant_id: str) -> Sequence[Template]:
        return await self._engine.read(
            lambda connection: [template_from(row) for row in connection.execute(ALL, (merchant_id,))]
        )

    async def put_template(self, merchant_id: str, template: Template) -> None:
        values = (merchant_id, *template_row(template))
        await self._deeds.write(merchant_id, lambda connection: connection.execute(PUT, values), template.name)

    async def delete_template(self, merchant_id: str, name: str) -> bool:
        return await self._deeds.write(
            merchant_id, lambda connection: connection.execute(DELETE, (merchant_id, name)).rowcount > 0, name
        )


class SqliteStaticLinks:
    """Static links; their codes are found by digest, as those of journeys are."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds, public_url: str) -> None:
        self._engine = engine
        self._deeds = deeds
        self._vault = vault
        self._public_url = public_url

    async def put_static_link(self, link: StaticLink) -> StaticLink:
        digest = self._vault.digest(link.code)

        def work(connection: sqlite3.Connection) -> StaticLink:
            row = connection.execute(ACTIVE, (link.merchant_id, link.template_name)).fetchone()
            if row is not None:
                return self._from(row)
            sealed = self._vault.seal(link.code.encode(), f"static_link/{digest.hex()}")
            connection.execute(ADD_STATIC, (link.merchant_id, digest, sealed, link.template_name))
            return link

        return await self._deeds.write(link.merchant_id, work, link.template_name, done=lambda put: put is link)

    async def deactivate_static_link(self, merchant_id: str, template_name: str) -> StaticLink | None:
        def work(connection: sqlite3.Connection) -> StaticLink | None:
            row = connection.execute(ACTIVE, (merchant_id, template_name)).fetchone()
            if row is None:
                return None
            connection.execute(DEACTIVATE, (row["code_digest"],))
            return self._from(row, active=False)

        return await self._deeds.write(merchant_id, work, template_name, done=is_there)

    async def static_links(self, merchant_id: str) -> Sequence[StaticLink]:
        return await self._engine.read(
            lambda connection: [self._from(row) for row in connection.execute(OF_MERCHANT, (merchant_id,))]
        )

    async def static_link_by_code(self, code: str) -> StaticLink | None:
        digests = self._vault.digests(code)

        def work(connection: sqlite3.Connection) -> StaticLink | None:
            rows = (connection.execute(BY_CODE, (digest,)).fetchone() for digest in digests)
            return next((self._from(row) for row in rows if row is not None), None)

        return await self._engine.read(work)

    def _from(self, row: sqlite3.Row, *, active: bool = True) -> StaticLink:
        code = self._vault.open(row["sealed_code"], f"static_link/{row['code_digest'].hex()}").decode()
        url = f"{self._public_url}/verification/global-link/{code}"
        return StaticLink(row["merchant_id"], code, row["template_name"], url, active=active)
