-- Lists of KYC Links, newest first: all, of a status, of a phone. The digest is keyed, and each merchant's own; links
-- made before have none until they move.
ALTER TABLE journeys ADD COLUMN phone_digest BLOB;
CREATE INDEX journeys_by_status ON journeys (merchant_id, status, created_at, id) WHERE kind = 'kyc_link';
CREATE INDEX journeys_by_phone ON journeys (merchant_id, phone_digest, created_at, id) WHERE phone_digest IS NOT NULL;

-- How many journeys came to which step, by the half hour in which they began: written by the moves themselves.
CREATE TABLE journey_counts (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    kind TEXT NOT NULL, -- kyc_link, video_kyc
    slot INTEGER NOT NULL, -- the first instant of the half hour
    template TEXT NOT NULL,
    step TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, kind, slot, template, step)
) STRICT, WITHOUT ROWID;
