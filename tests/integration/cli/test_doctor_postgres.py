"""What `dastak doctor` says about a PostgreSQL that is not fit to hold what was acknowledged."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dastak.app.doctor import Finding, examine
from support.pgbouncer import PrivatePgBouncer
from support.postgres import OWNER, PrivatePostgres
from support.server import dastak, environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[PrivatePostgres]:
    """A careful one: it syncs."""
    with PrivatePostgres() as running:
        yield running


@pytest.fixture(scope="module")
def url(server: PrivatePostgres) -> str:
    return server.database()


def about(what: str, folder: Path, **settings: str) -> Finding:
    environment = {
        "DASTAK_DATA_DIR": str(folder),
        **{f"DASTAK_{name.upper()}": text for name, text in settings.items()},
    }
    (finding,) = [finding for finding in examine(environment) if finding.what == what]
    return finding


def test_a_sound_server_is_well_before_and_after_the_first_start(tmp_path: Path, url: str) -> None:
    before = about("database", tmp_path, database_url=url)
    assert (before.ok, "not made yet" in before.hint) == (True, True)
    assert dastak("migrate", env=environment(data_dir=tmp_path, database_url=url)).returncode == 0
    after = about("database", tmp_path, database_url=url)
    assert (after.ok, "schema" in after.hint) == (True, True)
    assert about("connections", tmp_path, database_url=url, database_direct_url=url).ok


def test_a_server_that_is_away_is_named_without_its_password(tmp_path: Path, server: PrivatePostgres) -> None:
    away = f"postgresql://dastak:open-sesame@127.0.0.1:9/{server.data_dir.name}"
    for what in ("database", "connections"):
        finding = about(what, tmp_path, database_url=away)
        assert not finding.ok
        assert "DASTAK_DATABASE_URL" in finding.hint
        assert "open-sesame" not in finding.hint


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("synchronous_commit", "off", "synchronous_commit"),
        ("default_transaction_read_only", "on", "takes no writes"),
    ],
)
def test_a_database_that_is_set_carelessly_is_not_well(
    tmp_path: Path, server: PrivatePostgres, name: str, value: str, hint: str
) -> None:
    url = server.database()
    server.sql(f"ALTER DATABASE {urlsplit(url).path[1:]} SET {name} = '{value}'")
    finding = about("database", tmp_path, database_url=url)
    assert not finding.ok
    assert hint in finding.hint


def test_a_server_that_does_not_sync_is_not_well(tmp_path: Path, postgres: PrivatePostgres) -> None:
    finding = about("database", tmp_path, database_url=postgres.database())
    assert not finding.ok
    assert "fsync" in finding.hint


def test_a_role_that_cannot_make_tables_is_not_well(tmp_path: Path, server: PrivatePostgres) -> None:
    url = server.database()
    name = urlsplit(url).path[1:]
    server.sql(f"ALTER DATABASE {name} OWNER TO postgres")
    server.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=name)
    finding = about("database", tmp_path, database_url=url)
    assert not finding.ok
    assert "owner" in finding.hint


def test_data_of_a_newer_release_is_not_well(tmp_path: Path, server: PrivatePostgres) -> None:
    url = server.database()
    name = urlsplit(url).path[1:]
    assert dastak("migrate", env=environment(data_dir=tmp_path, database_url=url)).returncode == 0
    server.sql("INSERT INTO schema_migrations (version, name) VALUES (999, 'later')", database=name)
    finding = about("database", tmp_path, database_url=url)
    assert not finding.ok
    assert "999" in finding.hint


@pytest.mark.parametrize("limited", ["ROLE", "DATABASE"])
def test_too_few_connections_for_one_process_are_not_well(
    tmp_path: Path, server: PrivatePostgres, limited: str
) -> None:
    url = server.database()
    name = OWNER if limited == "ROLE" else urlsplit(url).path[1:]
    server.sql(f"ALTER {limited} {name} CONNECTION LIMIT 8")
    try:
        assert about("connections", tmp_path, database_url=url, database_pool="7").ok
        finding = about("connections", tmp_path, database_url=url, database_pool="8")
    finally:
        server.sql(f"ALTER {limited} {name} CONNECTION LIMIT -1")
    assert not finding.ok
    assert "DASTAK_DATABASE_POOL" in finding.hint


def test_a_pooler_that_the_settings_do_not_know_of_is_found(tmp_path: Path, server: PrivatePostgres, url: str) -> None:
    with PrivatePgBouncer(server) as pooler:
        through = pooler.url(url)
        finding = about("connections", tmp_path, database_url=through)
        assert not finding.ok
        assert "DASTAK_DATABASE_POOLER" in finding.hint
        known = about("connections", tmp_path, database_url=through, database_pooler="transaction")
        assert known.ok
        assert "DASTAK_DATABASE_DIRECT_URL" in known.hint
        both = {"database_url": through, "database_pooler": "transaction"}
        assert about("connections", tmp_path, **both, database_direct_url=url).ok
        finding = about("connections", tmp_path, **both, database_direct_url=through)
        assert not finding.ok
        assert "goes through a pooler" in finding.hint


def test_a_direct_way_that_leads_elsewhere_is_found(tmp_path: Path, server: PrivatePostgres, url: str) -> None:
    finding = about("connections", tmp_path, database_url=url, database_direct_url=server.database())
    assert not finding.ok
    assert "another database" in finding.hint
