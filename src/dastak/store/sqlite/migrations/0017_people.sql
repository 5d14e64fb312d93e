-- Invitations to a merchant's dashboard, and the authenticator apps of its members.
CREATE TABLE member_invitations (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    email_digest BLOB NOT NULL, -- keyed, as of members: one open invitation per address
    role TEXT NOT NULL,
    sealed_state BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_invitations_by_token ON member_invitations (merchant_id, token_digest);
CREATE UNIQUE INDEX member_invitations_by_email ON member_invitations (merchant_id, email_digest);

CREATE TABLE member_authenticators (
    merchant_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    confirmed INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    PRIMARY KEY (merchant_id, member_id)
) STRICT, WITHOUT ROWID;
