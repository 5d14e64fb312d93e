-- The audit log: what was done at a merchant's dashboard, each entry chained to the one before it. It only grows.
CREATE TABLE audit_entries (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL, -- never before that of the entry before it
    actor TEXT NOT NULL,
    deed TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL, -- JSON, without anybody's data
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (merchant_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_entries_by_time ON audit_entries (merchant_id, at, sequence);
CREATE INDEX audit_entries_by_actor ON audit_entries (merchant_id, actor, sequence);
CREATE INDEX audit_entries_by_deed ON audit_entries (merchant_id, deed, sequence);
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'nothing is removed from the audit log'); END;

CREATE TABLE audit_heads (
    merchant_id TEXT NOT NULL PRIMARY KEY REFERENCES merchants (id),
    sealed_head BLOB NOT NULL -- sequence, time and hash of the newest entry
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_heads_remain BEFORE DELETE ON audit_heads
BEGIN SELECT RAISE(ABORT, 'nothing is removed from the audit log'); END;
