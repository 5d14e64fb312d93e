-- Writes that merchants sent with a key: digests of key and request, who is at work, and what was answered.
CREATE TABLE idempotency_keys (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    key_digest BLOB NOT NULL,
    request_digest BLOB NOT NULL,
    ticket TEXT NOT NULL, -- changes when somebody takes over after the lease
    leased_until INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    sealed_answer BLOB, -- NULL until it is answered
    PRIMARY KEY (merchant_id, key_digest)
) STRICT;
CREATE INDEX idempotency_keys_to_forget ON idempotency_keys (expires_at);
