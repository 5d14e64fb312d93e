CREATE INDEX notices_finished ON notices (finished_at) WHERE finished_at IS NOT NULL;

-- Up to which position all bodies of a merchant's events are gone, so that nobody looks at them again.
CREATE TABLE retention_marks (
    merchant_id TEXT COLLATE "C" PRIMARY KEY,
    position BIGINT NOT NULL
);
