-- What is known of endpoints that fail or failed: at most one row per endpoint, written at most about once a minute.
CREATE TABLE endpoint_trouble (
    merchant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    failing_since INTEGER, -- the first failure after the last success; NULL: it works
    failures INTEGER NOT NULL DEFAULT 0,
    last_failure_at INTEGER,
    last_reason TEXT NOT NULL DEFAULT '',
    warned INTEGER NOT NULL DEFAULT 0,
    warned_at INTEGER,
    well_at INTEGER,
    recovered_at INTEGER, -- to be told
    gone_at INTEGER, -- to be told
    told INTEGER NOT NULL DEFAULT 0, -- events about this endpoint so far: the sequence of the last one
    PRIMARY KEY (merchant_id, endpoint_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoint_trouble_open ON endpoint_trouble (merchant_id, endpoint_id)
    WHERE failing_since IS NOT NULL OR recovered_at IS NOT NULL OR gone_at IS NOT NULL;

ALTER TABLE merchants ADD COLUMN sealed_contacts BLOB; -- addresses for operational mail
