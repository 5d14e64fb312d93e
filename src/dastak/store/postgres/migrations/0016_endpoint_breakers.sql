-- How a dispatcher saw an endpoint's breaker when it was not closed; for a few seconds, then it says nothing any more.
CREATE TABLE endpoint_breakers (
    merchant_id TEXT COLLATE "C" NOT NULL,
    endpoint_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL, -- open, half_open, closed
    open_until BIGINT,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, endpoint_id)
) WITH (fillfactor = 50);
