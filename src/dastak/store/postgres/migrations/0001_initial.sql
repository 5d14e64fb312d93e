-- Times are microseconds since 1970-01-01 UTC. Columns called sealed_* hold what only the vault can open.
-- Every row says whose it is and every statement names the merchant, so that tables can be distributed by merchant_id;
-- the few that are looked up by something else (merchants, api_keys, codes) are copied, or distributed by that
-- (docs/postgresql.md).
-- Ids sort as bytes (COLLATE "C"): order means the same on every machine, and comparing is cheap.

CREATE TABLE deployment (
    one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
    position_offset BIGINT NOT NULL DEFAULT 0, -- added to transaction ids, so that positions grow after a restore, too
    beats BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO deployment DEFAULT VALUES;

CREATE SEQUENCE reference_ids;

CREATE TABLE merchants (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    client_id TEXT COLLATE "C" PRIMARY KEY,
    sealed_secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX api_keys_by_merchant ON api_keys (merchant_id, created_at);

CREATE TABLE templates (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    name TEXT COLLATE "C" NOT NULL,
    checks TEXT NOT NULL, -- JSON array of verification types, in order
    PRIMARY KEY (merchant_id, name)
);

-- Which merchant a link in a customer's hand belongs to.
CREATE TABLE codes (
    digest BYTEA PRIMARY KEY,
    merchant_id TEXT COLLATE "C" NOT NULL,
    journey_id TEXT COLLATE "C" -- NULL: a static link
);

CREATE TABLE static_links (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    code_digest BYTEA NOT NULL,
    sealed_code BYTEA NOT NULL,
    template_name TEXT COLLATE "C" NOT NULL,
    active BOOLEAN NOT NULL,
    PRIMARY KEY (merchant_id, code_digest)
);
CREATE UNIQUE INDEX static_links_one_active ON static_links (merchant_id, template_name) WHERE active;

CREATE TABLE journeys (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL, -- kyc_link
    verification_id TEXT COLLATE "C" NOT NULL,
    reference_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    sealed_state BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX journeys_by_verification_id ON journeys (merchant_id, verification_id);
CREATE UNIQUE INDEX journeys_by_reference_id ON journeys (merchant_id, reference_id);
CREATE INDEX journeys_to_expire ON journeys (expires_at) WHERE status = 'RECEIVED';

CREATE TABLE consents (
    merchant_id TEXT COLLATE "C" NOT NULL,
    journey_id TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    sealed_client_ip BYTEA NOT NULL
);
CREATE INDEX consents_by_journey ON consents (merchant_id, journey_id);

-- Not an identity column: those cannot be in a partitioned table before PostgreSQL 17.
CREATE SEQUENCE endpoint_numbers;

CREATE TABLE endpoints (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL DEFAULT nextval('endpoint_numbers'), -- its name in the queue
    state TEXT NOT NULL, -- enabled, disabled, deleted
    strict BOOLEAN NOT NULL, -- its lane policy
    version BIGINT NOT NULL DEFAULT 1, -- grows with every change: tells the processes what they remember is old
    sealed_settings BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
ALTER SEQUENCE endpoint_numbers OWNED BY endpoints.number;
CREATE INDEX endpoints_by_number ON endpoints (number);

-- A position is (transaction id + offset) << 20 | number within the transaction. Whoever reads only what lies below
-- every transaction that still runs has seen all that will ever be below it.
CREATE TABLE events (
    merchant_id TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    journey_id TEXT COLLATE "C" NOT NULL,
    verification_id TEXT COLLATE "C" NOT NULL,
    type TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    occurred_at BIGINT NOT NULL,
    traceparent TEXT NOT NULL DEFAULT '',
    sealed_body BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, position)
);
CREATE UNIQUE INDEX events_by_id ON events (merchant_id, id);
CREATE UNIQUE INDEX events_by_journey ON events (merchant_id, journey_id, sequence);
CREATE INDEX events_by_verification_id ON events (merchant_id, verification_id, position);

-- The log of deliveries: one row for each event owed to one endpoint, written once. A delivery that is open is pending
-- while it is in the queue, and delivered when it no longer is; its last attempt says the rest. So a success, the usual
-- end, changes nothing here.
CREATE TABLE deliveries (
    merchant_id TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    event_position BIGINT NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    event_type TEXT NOT NULL,
    endpoint_id TEXT COLLATE "C" NOT NULL,
    journey_id TEXT COLLATE "C" NOT NULL,
    verification_id TEXT COLLATE "C" NOT NULL,
    sequence INTEGER NOT NULL,
    lane BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', -- open, given_up, cancelled
    attempts INTEGER NOT NULL DEFAULT 0, -- as far as failures go
    last_status INTEGER,
    last_reason TEXT NOT NULL DEFAULT '',
    finished_at BIGINT, -- when it was given up or cancelled
    PRIMARY KEY (merchant_id, position)
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX deliveries_by_id ON deliveries (merchant_id, id);
CREATE INDEX deliveries_by_event ON deliveries (merchant_id, event_id);
CREATE INDEX deliveries_by_endpoint ON deliveries (merchant_id, endpoint_id, position);

-- Positions of given-up deliveries: few, and asked for.
CREATE TABLE given_up (
    merchant_id TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, position)
);

-- Pending deliveries, narrow and short-lived: every byte of a key is written three times in the life of a row. A lane is
-- all that one endpoint is owed of one journey, named by a hash of both; should two lanes ever share a name, they share
-- their order, too, and that is all. At most one row of a lane has a due_at: its head; the others wait until the lane is
-- free. A claim writes only columns that no index has, so the row stays on its page (HOT), of which half is left free for
-- that; a lease that runs out makes its row due again, so a dead dispatcher's rows return by themselves. Whoever changes
-- rows of several lanes does it in the order of (lane, sequence).
CREATE TABLE queue (
    merchant_id TEXT COLLATE "C" NOT NULL,
    endpoint BIGINT NOT NULL, -- endpoints.number
    lane BIGINT NOT NULL,
    sequence INTEGER NOT NULL,
    position BIGINT NOT NULL, -- of the delivery
    event_position BIGINT NOT NULL,
    not_before BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT,
    leased_by BIGINT, -- the dispatcher, while an attempt is under way
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0, -- of the present round
    delivery_id TEXT COLLATE "C" NOT NULL
) WITH (
    fillfactor = 45,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 1
);
CREATE INDEX queue_lane ON queue (lane, sequence);
CREATE INDEX queue_due ON queue (endpoint, due_at, position) WHERE due_at IS NOT NULL;

CREATE TABLE attempts (
    merchant_id TEXT COLLATE "C" NOT NULL,
    delivery_position BIGINT NOT NULL,
    number INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    status INTEGER,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    sealed_exchange BYTEA -- stage, address, times of the phases, both headers and the answer's body
) PARTITION BY RANGE (ended_at);
CREATE INDEX attempts_by_delivery ON attempts (delivery_position, number);
-- What has no partition of its own day yet.
CREATE TABLE attempts_rest PARTITION OF attempts DEFAULT;

CREATE TABLE notices (
    merchant_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    journey_id TEXT COLLATE "C" NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL, -- pending, sent, given_up
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at BIGINT,
    sealed_content BYTEA, -- recipient and words; removed once the notice is sent or given up
    last_error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (merchant_id, id)
);
CREATE INDEX notices_due ON notices (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notices_by_journey ON notices (merchant_id, journey_id);

-- The processes that deliver, as they know of each other.
CREATE TABLE dispatchers (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    seen_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    tied_in TEXT -- the life of the server in which it holds a lock that ends with it; NULL: heartbeats alone tell
) WITH (fillfactor = 50);
