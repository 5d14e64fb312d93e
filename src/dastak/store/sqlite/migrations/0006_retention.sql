-- What is old enough to go is found without reading what stays.
CREATE INDEX attempts_with_exchange ON attempts (ended_at) WHERE sealed_exchange <> x'';
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX events_with_body ON events (occurred_at) WHERE sealed_body <> x'';
CREATE INDEX notices_finished ON notices (finished_at) WHERE finished_at IS NOT NULL;
-- An event that goes must not be searched for in every delivery, to see whether one still refers to it.
CREATE INDEX deliveries_by_event_position ON deliveries (event_position);
