"""Consents in PostgreSQL: written within the transaction that moves the journeys."""

from collections.abc import Sequence

from dastak.journeys.happening import Consent
from dastak.store.instant import to_us
from dastak.store.postgres.engine import Connection
from dastak.store.vault import Vault

ADD = """
    INSERT INTO consents (merchant_id, journey_id, purpose, text_sha256, given_at, sealed_client_ip)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bytea[])"""


async def add_consents(connection: Connection, vault: Vault, consents: Sequence[Consent]) -> None:
    """Keep the proofs within the caller's transaction."""
    if consents:
        await connection.execute(
            ADD,
            [consent.merchant_id for consent in consents],
            [consent.journey_id for consent in consents],
            [consent.purpose for consent in consents],
            [consent.text_sha256 for consent in consents],
            [to_us(consent.given_at) for consent in consents],
            [vault.seal(one.client_ip.encode(), f"consent/{one.journey_id}") for one in consents],
        )
