-- Members of a merchant, who use its dashboard: who they are, how they sign in, and where they are signed in.
CREATE TABLE members (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    email_digest BLOB NOT NULL, -- keyed: a member is found by it, and the address lies sealed in the state
    role TEXT NOT NULL, -- open, so that the last owner can be counted
    active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX members_by_email ON members (merchant_id, email_digest);

CREATE TABLE member_sign_ins (
    merchant_id TEXT NOT NULL,
    place TEXT NOT NULL, -- a keyed digest of an address, anybody's
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    forget_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_sign_ins_to_forget ON member_sign_ins (merchant_id, forget_at);

CREATE TABLE member_sessions (
    merchant_id TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    sealed_device BLOB NOT NULL,
    halfway INTEGER NOT NULL DEFAULT 0, -- an authenticator app is still to be asked
    PRIMARY KEY (merchant_id, token_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_sessions_by_member ON member_sessions (merchant_id, member_id);

ALTER TABLE operator_sessions ADD COLUMN halfway INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merchants ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'Asia/Kolkata';
