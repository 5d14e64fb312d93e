-- The W3C traceparent that the event's attempts go on with; empty when nobody traces it.
ALTER TABLE events ADD COLUMN traceparent TEXT NOT NULL DEFAULT '';
