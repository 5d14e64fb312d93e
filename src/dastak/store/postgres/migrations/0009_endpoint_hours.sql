-- How endpoints did, by the hour: one row for each endpoint and hour, however many attempts there were.
CREATE TABLE endpoint_hours (
    merchant_id TEXT COLLATE "C" NOT NULL,
    endpoint_id TEXT COLLATE "C" NOT NULL,
    hour BIGINT NOT NULL, -- its beginning
    accepted BIGINT NOT NULL, -- attempts that were answered 200-299
    refused BIGINT NOT NULL, -- that were answered otherwise
    silent BIGINT NOT NULL, -- that were not answered
    bands BIGINT[] NOT NULL, -- answers by how long they took, see webhooks.hours.BANDS_MS
    PRIMARY KEY (merchant_id, endpoint_id, hour)
) WITH (fillfactor = 70);
CREATE INDEX endpoint_hours_by_age ON endpoint_hours (hour);
