-- Deliveries to send again, as jobs. Everything up to `position` in the log has been dealt with; what a step re-queues
-- and the new position are one transaction.
CREATE TABLE replays (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    state TEXT NOT NULL, -- queued, running, done, cancelled
    states TEXT NOT NULL, -- JSON array: which states of deliveries
    endpoint_id TEXT,
    event_types TEXT NOT NULL, -- JSON array; empty: any
    verification_id TEXT,
    since INTEGER,
    until INTEGER,
    after_position INTEGER NOT NULL,
    up_to INTEGER NOT NULL,
    rate_per_second REAL NOT NULL,
    matched INTEGER NOT NULL,
    matched_exactly INTEGER NOT NULL,
    position INTEGER NOT NULL,
    requeued INTEGER NOT NULL,
    skipped TEXT NOT NULL, -- JSON object: reason and number
    due_at INTEGER, -- NULL: it has ended
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_open ON replays (due_at) WHERE due_at IS NOT NULL;
