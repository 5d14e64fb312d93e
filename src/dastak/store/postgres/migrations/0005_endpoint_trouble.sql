-- What is known of endpoints that fail or failed: at most one row per endpoint, written at most about once a minute.
CREATE TABLE endpoint_trouble (
    merchant_id TEXT COLLATE "C" NOT NULL,
    endpoint_id TEXT COLLATE "C" NOT NULL,
    failing_since BIGINT, -- the first failure after the last success; NULL: it works
    failures BIGINT NOT NULL DEFAULT 0,
    last_failure_at BIGINT,
    last_reason TEXT NOT NULL DEFAULT '',
    warned INTEGER NOT NULL DEFAULT 0,
    warned_at BIGINT,
    well_at BIGINT,
    recovered_at BIGINT, -- to be told
    gone_at BIGINT, -- to be told
    told INTEGER NOT NULL DEFAULT 0, -- events about this endpoint so far: the sequence of the last one
    PRIMARY KEY (merchant_id, endpoint_id)
) WITH (fillfactor = 50);
CREATE INDEX endpoint_trouble_open ON endpoint_trouble (merchant_id, endpoint_id)
    WHERE failing_since IS NOT NULL OR recovered_at IS NOT NULL OR gone_at IS NOT NULL;

ALTER TABLE merchants ADD COLUMN sealed_contacts BYTEA; -- addresses for operational mail
