-- Operators of Video KYC: agents and auditors, how they sign in, where they are signed in, and who is online.
CREATE TABLE operators (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    email_digest BLOB NOT NULL, -- keyed: an operator is found by it, and the address lies sealed in the state
    active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX operators_by_email ON operators (merchant_id, email_digest);

CREATE TABLE operator_sign_ins (
    merchant_id TEXT NOT NULL,
    place TEXT NOT NULL, -- a keyed digest of an address, anybody's
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    forget_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX operator_sign_ins_to_forget ON operator_sign_ins (merchant_id, forget_at);

CREATE TABLE operator_sessions (
    merchant_id TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    id TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    sealed_device BLOB NOT NULL,
    PRIMARY KEY (merchant_id, token_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX operator_sessions_by_operator ON operator_sessions (merchant_id, operator_id);

CREATE TABLE operator_presence (
    merchant_id TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    online_since INTEGER NOT NULL,
    last_heard INTEGER NOT NULL,
    device_checked_at INTEGER,
    PRIMARY KEY (merchant_id, operator_id)
) STRICT, WITHOUT ROWID;
