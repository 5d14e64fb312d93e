-- What customers see of a merchant: on pages, and in messages.
ALTER TABLE merchants RENAME COLUMN keys_version TO version; -- it guards all that is saved of a merchant
ALTER TABLE merchants ADD COLUMN shown TEXT NOT NULL DEFAULT '{}'; -- JSON: brand, own words of messages
ALTER TABLE templates ADD COLUMN pages TEXT NOT NULL DEFAULT '{}'; -- JSON: texts and look of a link's pages

CREATE TABLE logos (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    id TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL, -- WebP, public
    PRIMARY KEY (merchant_id, id)
);
