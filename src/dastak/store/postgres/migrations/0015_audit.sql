-- The audit log: what was done at a merchant's dashboard, each entry chained to the one before it. It only grows.
CREATE TABLE audit_entries (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL, -- never before that of the entry before it
    actor TEXT COLLATE "C" NOT NULL,
    deed TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    details TEXT NOT NULL, -- JSON, without anybody's data
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, sequence)
);
CREATE INDEX audit_entries_by_time ON audit_entries (merchant_id, at, sequence);
CREATE INDEX audit_entries_by_actor ON audit_entries (merchant_id, actor, sequence);
CREATE INDEX audit_entries_by_deed ON audit_entries (merchant_id, deed, sequence);

CREATE TABLE audit_heads (
    merchant_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES merchants (id),
    sealed_head BYTEA -- sequence, time and hash of the newest entry; NULL for a moment, while the first is noted
);

CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_only_grows();
CREATE TRIGGER audit_heads_remain BEFORE DELETE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION audit_only_grows();
