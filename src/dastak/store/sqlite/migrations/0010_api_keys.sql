-- A merchant may have several keys. The one that signs webhooks is named, so that no later key takes its place unasked.
ALTER TABLE api_keys ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN ends_at INTEGER; -- it was rotated, and opens and signs nothing from then on
ALTER TABLE api_keys ADD COLUMN successor TEXT NOT NULL DEFAULT ''; -- client id of the key that took its place
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER; -- noted at most about once an hour

ALTER TABLE merchants ADD COLUMN signing_client_id TEXT NOT NULL DEFAULT ''; -- empty: the oldest active one signs
ALTER TABLE merchants ADD COLUMN keys_version INTEGER NOT NULL DEFAULT 1;
UPDATE merchants SET signing_client_id = coalesce(
    (SELECT client_id FROM api_keys
     WHERE merchant_id = merchants.id AND revoked_at IS NULL ORDER BY created_at, client_id LIMIT 1), '');
