-- Deliveries to send again, as jobs. Everything up to `position` in the log has been dealt with; what a step re-queues
-- and the new position are one transaction.
CREATE TABLE replays (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL, -- queued, running, done, cancelled
    states TEXT NOT NULL, -- JSON array: which states of deliveries
    endpoint_id TEXT COLLATE "C",
    event_types TEXT NOT NULL, -- JSON array; empty: any
    verification_id TEXT COLLATE "C",
    since BIGINT,
    until BIGINT,
    after_position BIGINT NOT NULL,
    up_to BIGINT NOT NULL,
    rate_per_second DOUBLE PRECISION NOT NULL,
    matched BIGINT NOT NULL,
    matched_exactly BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    requeued BIGINT NOT NULL,
    skipped TEXT NOT NULL, -- JSON object: reason and number
    due_at BIGINT, -- NULL: it has ended
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    PRIMARY KEY (merchant_id, id)
);
CREATE INDEX replays_open ON replays (due_at) WHERE due_at IS NOT NULL;
