-- How a dispatcher saw an endpoint's breaker when it was not closed; for a few seconds, then it says nothing any more.
CREATE TABLE endpoint_breakers (
    merchant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    state TEXT NOT NULL, -- open, half_open, closed
    open_until INTEGER,
    noted_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, endpoint_id)
) STRICT, WITHOUT ROWID;
