-- How endpoints did, by the hour: one row for each endpoint and hour, however many attempts there were.
CREATE TABLE endpoint_hours (
    merchant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    hour INTEGER NOT NULL, -- its beginning
    accepted INTEGER NOT NULL, -- attempts that were answered 200-299
    refused INTEGER NOT NULL, -- that were answered otherwise
    silent INTEGER NOT NULL, -- that were not answered
    bands TEXT NOT NULL, -- JSON array: answers by how long they took, see webhooks.hours.BANDS_MS
    PRIMARY KEY (merchant_id, endpoint_id, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoint_hours_by_age ON endpoint_hours (hour);
