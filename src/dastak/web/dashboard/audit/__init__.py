"""The audit log: what was done here, by whom, and whether the record still holds."""
