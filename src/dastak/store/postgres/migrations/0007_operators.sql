-- Operators of Video KYC: agents and auditors, how they sign in, where they are signed in, and who is online.
CREATE TABLE operators (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    id TEXT COLLATE "C" NOT NULL,
    email_digest BYTEA NOT NULL, -- keyed: an operator is found by it, and the address lies sealed in the state
    active BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    sealed_state BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
CREATE UNIQUE INDEX operators_by_email ON operators (merchant_id, email_digest);

CREATE TABLE operator_sign_ins (
    merchant_id TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL, -- a keyed digest of an address, anybody's
    version BIGINT NOT NULL,
    sealed_state BYTEA NOT NULL,
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, place)
);
CREATE INDEX operator_sign_ins_to_forget ON operator_sign_ins (merchant_id, forget_at);

CREATE TABLE operator_sessions (
    merchant_id TEXT COLLATE "C" NOT NULL,
    token_digest TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    operator_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    sealed_device BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, token_digest)
) WITH (fillfactor = 70);
CREATE INDEX operator_sessions_by_operator ON operator_sessions (merchant_id, operator_id);

CREATE TABLE operator_presence (
    merchant_id TEXT COLLATE "C" NOT NULL,
    operator_id TEXT COLLATE "C" NOT NULL,
    online_since BIGINT NOT NULL,
    last_heard BIGINT NOT NULL,
    device_checked_at BIGINT,
    PRIMARY KEY (merchant_id, operator_id)
) WITH (fillfactor = 70);
