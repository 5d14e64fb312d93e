-- Members of a merchant, who use its dashboard: who they are, how they sign in, and where they are signed in.
CREATE TABLE members (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    id TEXT COLLATE "C" NOT NULL,
    email_digest BYTEA NOT NULL, -- keyed: a member is found by it, and the address lies sealed in the state
    role TEXT COLLATE "C" NOT NULL, -- open, so that the last owner can be counted
    active BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    sealed_state BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
CREATE UNIQUE INDEX members_by_email ON members (merchant_id, email_digest);

CREATE TABLE member_sign_ins (
    merchant_id TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL, -- a keyed digest of an address, anybody's
    version BIGINT NOT NULL,
    sealed_state BYTEA NOT NULL,
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, place)
);
CREATE INDEX member_sign_ins_to_forget ON member_sign_ins (merchant_id, forget_at);

CREATE TABLE member_sessions (
    merchant_id TEXT COLLATE "C" NOT NULL,
    token_digest TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    member_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    sealed_device BYTEA NOT NULL,
    halfway BOOLEAN NOT NULL DEFAULT false, -- an authenticator app is still to be asked
    PRIMARY KEY (merchant_id, token_digest)
) WITH (fillfactor = 70);
CREATE INDEX member_sessions_by_member ON member_sessions (merchant_id, member_id);

ALTER TABLE operator_sessions ADD COLUMN halfway BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE merchants ADD COLUMN time_zone TEXT COLLATE "C" NOT NULL DEFAULT 'Asia/Kolkata';
