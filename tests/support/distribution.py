"""The schema of PostgreSQL, cut into parts by merchant as a sharded database would cut it.

In: the migrations as they are released. Out: the same tables, each in `PARTS` parts by the hash of its distribution
column, in a database that the store opens as its own; and, of a statement's plan as it ran, which parts it looked into.
Called by tests.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg

from dastak.store.postgres.migration import VERSIONS, available

PARTS = 4
BY = {"codes": "digest"}
"""Distributed by something else than the merchant."""

COPIED = frozenset({"api_keys"})
"""Say whose they are, and are small: every node has a copy, as of the tables that name no merchant."""

TABLE = re.compile(r"CREATE TABLE (?P<name>\w+) \((?P<columns>.*?)\n\)(?P<rest>.*)", re.DOTALL)
STATEMENT = re.compile(r"((?:[^;$]|\$\$.*?\$\$|\$)+);", re.DOTALL)
"""Up to its semicolon; what stands between dollars may have some of its own."""
REST = re.compile(r"CREATE TABLE (?P<name>\w+)_(?P<suffix>\w+) PARTITION OF (?P<root>\w+) (?P<bound>.*)", re.DOTALL)


async def make_distributed(url: str) -> dict[str, str]:
    """Make the newest schema in an empty database, in parts; the tables that are, with their distribution columns."""
    tables: dict[str, str] = {}
    connection = await asyncpg.connect(url)
    await connection.execute(VERSIONS)
    for version, name, sql in available():
        for statement in _statements(sql):
            for cut in _cut(statement, tables):
                await connection.execute(cut)
        await connection.execute("INSERT INTO schema_migrations (version, name) VALUES ($1, $2)", version, name)
    await connection.close()
    return tables


async def part_of(connection: "asyncpg.Connection[asyncpg.Record]", merchant_id: str) -> int:
    """Where everything of this merchant is: the same number in every table."""
    asked = f"SELECT satisfies_hash_partition('journeys'::regclass, {PARTS}, $1, $2::text)"
    return [bool(await connection.fetchval(asked, part, merchant_id)) for part in range(PARTS)].index(True)


def looked_into(plan: Mapping[str, Any], tables: Mapping[str, str]) -> set[tuple[str, int]]:
    """(table, part) of every scan that was executed; `plan` is of EXPLAIN (ANALYZE, FORMAT JSON)."""
    found = set()
    for node in _nodes(plan):
        table, _, part = re.sub(r"_[a-z]+$", "", node.get("Relation Name", "")).rpartition("_")
        if node["Node Type"].endswith("Scan") and node["Actual Loops"] and table in tables:
            found.add((table, int(part)))
    return found


def _statements(sql: str) -> list[str]:
    bare = re.sub(r"--.*", "", sql)
    return [statement.strip() for statement in STATEMENT.findall(bare) if statement.strip()]


def _cut(statement: str, tables: dict[str, str]) -> Iterator[str]:
    made, part = TABLE.fullmatch(statement), REST.fullmatch(statement)
    column = _column(made) if made else None
    if made and column:
        name = made["name"]
        tables[name] = column
        yield f"CREATE TABLE {name} ({made['columns']}) PARTITION BY HASH ({column})"
        for number in range(PARTS):
            bound = f"FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {number})"
            yield f"CREATE TABLE {name}_{number} PARTITION OF {name} {bound} {made['rest']}"
    elif part and part["root"] in tables:
        for number in range(PARTS):
            name = f"{part['root']}_{number}"
            yield f"CREATE TABLE {name}_{part['suffix']} PARTITION OF {name} {part['bound']}"
    else:
        yield statement


def _column(made: re.Match[str]) -> str | None:
    """By which it is distributed; None: it is copied."""
    has_merchant = re.search(r"^\s*merchant_id ", made["columns"], re.MULTILINE)
    return None if made["name"] in COPIED or not has_merchant else BY.get(made["name"], "merchant_id")


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
