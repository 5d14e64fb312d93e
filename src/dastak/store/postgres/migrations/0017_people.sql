-- Invitations to a merchant's dashboard, and the authenticator apps of its members.
CREATE TABLE member_invitations (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    id TEXT COLLATE "C" NOT NULL,
    token_digest TEXT COLLATE "C" NOT NULL,
    email_digest BYTEA NOT NULL, -- keyed, as of members: one open invitation per address
    role TEXT COLLATE "C" NOT NULL,
    sealed_state BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
CREATE UNIQUE INDEX member_invitations_by_token ON member_invitations (merchant_id, token_digest);
CREATE UNIQUE INDEX member_invitations_by_email ON member_invitations (merchant_id, email_digest);

CREATE TABLE member_authenticators (
    merchant_id TEXT COLLATE "C" NOT NULL,
    member_id TEXT COLLATE "C" NOT NULL,
    confirmed BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    sealed_state BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, member_id)
);
