-- Writes that merchants sent with a key: digests of key and request, who is at work, and what was answered.
CREATE TABLE idempotency_keys (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    key_digest BYTEA NOT NULL,
    request_digest BYTEA NOT NULL,
    ticket TEXT NOT NULL, -- changes when somebody takes over after the lease
    leased_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    sealed_answer BYTEA, -- NULL until it is answered
    PRIMARY KEY (merchant_id, key_digest)
) WITH (fillfactor = 80);
CREATE INDEX idempotency_keys_to_forget ON idempotency_keys (expires_at);
