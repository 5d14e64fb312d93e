-- The audit log without what programs read, which may be most of it.
CREATE INDEX audit_entries_without_reading ON audit_entries (merchant_id, sequence) WHERE deed <> 'customer_data.read';
