-- Written by tools/schema.py: what the migrations add up to. To read and to compare; never run by Dastak.
CREATE TABLE api_keys (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    client_id TEXT NOT NULL PRIMARY KEY,
    sealed_secret BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
, label TEXT NOT NULL DEFAULT '', ends_at INTEGER, successor TEXT NOT NULL DEFAULT '', last_used_at INTEGER) STRICT;
CREATE INDEX api_keys_by_merchant ON api_keys (merchant_id, created_at);
CREATE TABLE attempts (
    merchant_id TEXT NOT NULL,
    delivery_position INTEGER NOT NULL REFERENCES deliveries (position),
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    stage TEXT NOT NULL,
    status INTEGER,
    address TEXT NOT NULL,
    resolved_us INTEGER NOT NULL,
    connected_us INTEGER NOT NULL,
    tls_us INTEGER NOT NULL,
    first_byte_us INTEGER NOT NULL,
    total_us INTEGER NOT NULL,
    answer_truncated INTEGER NOT NULL,
    sealed_exchange BLOB NOT NULL -- both headers and the answer's body
) STRICT;
CREATE INDEX attempts_by_delivery ON attempts (delivery_position, number);
CREATE INDEX attempts_with_exchange ON attempts (ended_at) WHERE sealed_exchange <> x'';
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
CREATE INDEX audit_entries_by_actor ON audit_entries (merchant_id, actor, sequence);
CREATE INDEX audit_entries_by_deed ON audit_entries (merchant_id, deed, sequence);
CREATE INDEX audit_entries_by_time ON audit_entries (merchant_id, at, sequence);
CREATE INDEX audit_entries_without_reading ON audit_entries (merchant_id, sequence) WHERE deed <> 'customer_data.read';
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'nothing is removed from the audit log'); END;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TABLE audit_heads (
    merchant_id TEXT NOT NULL PRIMARY KEY REFERENCES merchants (id),
    sealed_head BLOB NOT NULL -- sequence, time and hash of the newest entry
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_heads_remain BEFORE DELETE ON audit_heads
BEGIN SELECT RAISE(ABORT, 'nothing is removed from the audit log'); END;
CREATE TABLE compositions (
    merchant_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    progress REAL NOT NULL,
    failure TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    again_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, case_id)
) STRICT;
CREATE TABLE consents (
    merchant_id TEXT NOT NULL,
    journey_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    sealed_client_ip BLOB NOT NULL
) STRICT;
CREATE INDEX consents_by_journey ON consents (merchant_id, journey_id);
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    merchant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    event_position INTEGER NOT NULL REFERENCES events (position),
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    endpoint_id TEXT NOT NULL REFERENCES endpoints (id),
    journey_id TEXT NOT NULL,
    verification_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    state TEXT NOT NULL, -- pending, delivered, given_up, cancelled
    attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0, -- of the present round
    not_before INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER,
    leased INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER,
    last_reason TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE INDEX deliveries_by_endpoint ON deliveries (merchant_id, endpoint_id, position);
CREATE INDEX deliveries_by_event ON deliveries (merchant_id, event_id);
CREATE INDEX deliveries_by_event_position ON deliveries (event_position);
CREATE UNIQUE INDEX deliveries_by_id ON deliveries (merchant_id, id);
CREATE INDEX deliveries_by_lane ON deliveries (endpoint_id, journey_id, sequence) WHERE state = 'pending';
CREATE INDEX deliveries_by_verification_id ON deliveries (merchant_id, verification_id, position);
CREATE INDEX deliveries_due ON deliveries (endpoint_id, due_at, position) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX deliveries_given_up ON deliveries (merchant_id, position) WHERE state = 'given_up';
CREATE INDEX deliveries_in_order ON deliveries (merchant_id, position);
CREATE INDEX deliveries_leased ON deliveries (position) WHERE leased = 1;
CREATE TABLE endpoint_breakers (
    merchant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    state TEXT NOT NULL, -- open, half_open, closed
    open_until INTEGER,
    noted_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, endpoint_id)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE endpoint_trouble (
    merchant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    failing_since INTEGER, -- the first failure after the last success; NULL: it works
    failures INTEGER NOT NULL DEFAULT 0,
    last_failure_at INTEGER,
    last_reason TEXT NOT NULL DEFAULT '',
    warned INTEGER NOT NULL DEFAULT 0,
    warned_at INTEGER,
    well_at INTEGER,
    recovered_at INTEGER, -- to be told
    gone_at INTEGER, -- to be told
    told INTEGER NOT NULL DEFAULT 0, -- events about this endpoint so far: the sequence of the last one
    PRIMARY KEY (merchant_id, endpoint_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoint_trouble_open ON endpoint_trouble (merchant_id, endpoint_id)
    WHERE failing_since IS NOT NULL OR recovered_at IS NOT NULL OR gone_at IS NOT NULL;
CREATE TABLE endpoints (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL, -- enabled, disabled, deleted
    sealed_settings BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX endpoints_by_merchant ON endpoints (merchant_id, created_at);
CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    merchant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    journey_id TEXT NOT NULL,
    verification_id TEXT NOT NULL,
    type TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    sealed_body BLOB NOT NULL
, traceparent TEXT NOT NULL DEFAULT '') STRICT;
CREATE UNIQUE INDEX events_by_id ON events (merchant_id, id);
CREATE UNIQUE INDEX events_by_journey ON events (merchant_id, journey_id, sequence);
CREATE INDEX events_by_verification_id ON events (merchant_id, verification_id, position);
CREATE INDEX events_in_order ON events (merchant_id, position);
CREATE INDEX events_with_body ON events (occurred_at) WHERE sealed_body <> x'';
CREATE TABLE evidence_views (
    merchant_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    viewer TEXT NOT NULL,
    sealed_client_ip BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_views_by_case ON evidence_views (merchant_id, case_id, at);
CREATE TABLE idempotency_keys (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    key_digest BLOB NOT NULL,
    request_digest BLOB NOT NULL,
    ticket TEXT NOT NULL, -- changes when somebody takes over after the lease
    leased_until INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    sealed_answer BLOB, -- NULL until it is answered
    PRIMARY KEY (merchant_id, key_digest)
) STRICT;
CREATE INDEX idempotency_keys_to_forget ON idempotency_keys (expires_at);
CREATE TABLE journey_counts (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    kind TEXT NOT NULL, -- kyc_link, video_kyc
    slot INTEGER NOT NULL, -- the first instant of the half hour
    template TEXT NOT NULL,
    step TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, kind, slot, template, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE journeys (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    kind TEXT NOT NULL, -- kyc_link
    verification_id TEXT NOT NULL,
    reference_id INTEGER NOT NULL,
    code_digest BLOB NOT NULL,
    status TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    created_at INTEGER NOT NULL, phone_digest BLOB,
    PRIMARY KEY (merchant_id, id)
) STRICT;
CREATE UNIQUE INDEX journeys_by_code ON journeys (code_digest);
CREATE INDEX journeys_by_phone ON journeys (merchant_id, phone_digest, created_at, id) WHERE phone_digest IS NOT NULL;
CREATE UNIQUE INDEX journeys_by_reference_id ON journeys (merchant_id, reference_id);
CREATE INDEX journeys_by_status ON journeys (merchant_id, status, created_at, id) WHERE kind = 'kyc_link';
CREATE UNIQUE INDEX journeys_by_verification_id ON journeys (merchant_id, verification_id);
CREATE INDEX journeys_to_expire ON journeys (expires_at) WHERE status = 'RECEIVED';
CREATE TABLE logos (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    body BLOB NOT NULL, -- WebP, public
    PRIMARY KEY (merchant_id, id)
) STRICT;
CREATE TABLE member_authenticators (
    merchant_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    confirmed INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    PRIMARY KEY (merchant_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE member_invitations (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    email_digest BLOB NOT NULL, -- keyed, as of members: one open invitation per address
    role TEXT NOT NULL,
    sealed_state BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_invitations_by_email ON member_invitations (merchant_id, email_digest);
CREATE UNIQUE INDEX member_invitations_by_token ON member_invitations (merchant_id, token_digest);
CREATE TABLE member_sessions (
    merchant_id TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    sealed_device BLOB NOT NULL,
    halfway INTEGER NOT NULL DEFAULT 0, -- an authenticator app is still to be asked
    PRIMARY KEY (merchant_id, token_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_sessions_by_member ON member_sessions (merchant_id, member_id);
CREATE TABLE member_sign_ins (
    merchant_id TEXT NOT NULL,
    place TEXT NOT NULL, -- a keyed digest of an address, anybody's
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    forget_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_sign_ins_to_forget ON member_sign_ins (merchant_id, forget_at);
CREATE TABLE members (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    email_digest BLOB NOT NULL, -- keyed: a member is found by it, and the address lies sealed in the state
    role TEXT NOT NULL, -- open, so that the last owner can be counted
    active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX members_by_email ON members (merchant_id, email_digest);
CREATE TABLE merchants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
, sealed_contacts BLOB, signing_client_id TEXT NOT NULL DEFAULT '', version INTEGER NOT NULL DEFAULT 1, time_zone TEXT NOT NULL DEFAULT 'Asia/Kolkata', shown TEXT NOT NULL DEFAULT '{}') STRICT, WITHOUT ROWID;
CREATE TABLE notices (
    merchant_id TEXT NOT NULL,
    id TEXT NOT NULL PRIMARY KEY,
    journey_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL, -- pending, sent, given_up
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER,
    leased INTEGER NOT NULL DEFAULT 0,
    sealed_content BLOB, -- recipient and words; removed once the notice is sent or given up
    last_error TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
CREATE INDEX notices_by_journey ON notices (merchant_id, journey_id);
CREATE INDEX notices_due ON notices (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notices_finished ON notices (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX notices_leased ON notices (leased) WHERE leased = 1;
CREATE TABLE operator_presence (
    merchant_id TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    online_since INTEGER NOT NULL,
    last_heard INTEGER NOT NULL,
    device_checked_at INTEGER, last_act INTEGER,
    PRIMARY KEY (merchant_id, operator_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE operator_sessions (
    merchant_id TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    id TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    sealed_device BLOB NOT NULL, halfway INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, token_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX operator_sessions_by_operator ON operator_sessions (merchant_id, operator_id);
CREATE TABLE operator_sign_ins (
    merchant_id TEXT NOT NULL,
    place TEXT NOT NULL, -- a keyed digest of an address, anybody's
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    forget_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX operator_sign_ins_to_forget ON operator_sign_ins (merchant_id, forget_at);
CREATE TABLE operators (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    email_digest BLOB NOT NULL, -- keyed: an operator is found by it, and the address lies sealed in the state
    active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX operators_by_email ON operators (merchant_id, email_digest);
CREATE TABLE replays (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    state TEXT NOT NULL, -- queued, running, done, cancelled
    states TEXT NOT NULL, -- JSON array: which states of deliveries
    endpoint_id TEXT,
    event_types TEXT NOT NULL, -- JSON array; empty: any
    verification_id TEXT,
    since INTEGER,
    until INTEGER,
    after_position INTEGER NOT NULL,
    up_to INTEGER NOT NULL,
    rate_per_second REAL NOT NULL,
    matched INTEGER NOT NULL,
    matched_exactly INTEGER NOT NULL,
    position INTEGER NOT NULL,
    requeued INTEGER NOT NULL,
    skipped TEXT NOT NULL, -- JSON object: reason and number
    due_at INTEGER, -- NULL: it has ended
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (merchant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_open ON replays (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE static_links (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    code_digest BLOB NOT NULL PRIMARY KEY,
    sealed_code BLOB NOT NULL,
    template_name TEXT NOT NULL,
    active INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX static_links_one_active ON static_links (merchant_id, template_name) WHERE active = 1;
CREATE TABLE templates (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    name TEXT NOT NULL,
    checks TEXT NOT NULL, pages TEXT NOT NULL DEFAULT '{}', -- JSON array of verification types, in order
    PRIMARY KEY (merchant_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE video_kycs (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    id TEXT NOT NULL,
    sub_status TEXT NOT NULL,
    user_reference_id INTEGER NOT NULL,
    phone_digest BLOB NOT NULL, -- keyed, and each merchant's own
    created_at INTEGER NOT NULL,
    due_at INTEGER, -- NULL: the clock has nothing to do with it any more
    queue_priority INTEGER, -- NULL: nobody waits
    queue_since INTEGER,
    schedule_at INTEGER, -- NULL: no live booking
    live_agent_id TEXT, -- who has the customer now
    agent_id TEXT, -- who decided in the call
    decided_at INTEGER,
    handling_us INTEGER,
    review_since INTEGER, -- decided_at, while it waits for an auditor
    auditor_id TEXT,
    reviewed_at INTEGER,
    composing_call TEXT, -- the call whose recording has to be made into one file
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL, -- the whole case; what the columns say is there to be found by
    PRIMARY KEY (merchant_id, id)
) STRICT;
CREATE INDEX video_kycs_booked ON video_kycs (merchant_id, schedule_at) WHERE schedule_at IS NOT NULL;
CREATE INDEX video_kycs_by_agent ON video_kycs (merchant_id, agent_id, created_at, id) WHERE agent_id IS NOT NULL;
CREATE INDEX video_kycs_by_auditor ON video_kycs (merchant_id, auditor_id, created_at, id)
    WHERE auditor_id IS NOT NULL;
CREATE INDEX video_kycs_by_phone ON video_kycs (merchant_id, phone_digest, created_at, id);
CREATE INDEX video_kycs_by_sub_status ON video_kycs (merchant_id, sub_status, created_at, id);
CREATE INDEX video_kycs_by_user ON video_kycs (merchant_id, user_reference_id, created_at, id);
CREATE INDEX video_kycs_composing ON video_kycs (decided_at, id) WHERE composing_call IS NOT NULL;
CREATE INDEX video_kycs_decided ON video_kycs (merchant_id, decided_at, id) WHERE decided_at IS NOT NULL;
CREATE INDEX video_kycs_due ON video_kycs (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX video_kycs_newest ON video_kycs (merchant_id, created_at, id, sub_status);
CREATE UNIQUE INDEX video_kycs_one_live_case ON video_kycs (merchant_id, live_agent_id)
    WHERE live_agent_id IS NOT NULL;
CREATE INDEX video_kycs_reviewed ON video_kycs (merchant_id, reviewed_at, sub_status)
    WHERE reviewed_at IS NOT NULL;
CREATE INDEX video_kycs_to_review ON video_kycs (merchant_id, review_since, id) WHERE review_since IS NOT NULL;
CREATE INDEX video_kycs_waiting ON video_kycs (merchant_id, queue_priority, queue_since, id)
    WHERE queue_priority IS NOT NULL;
CREATE TABLE vkyc_users (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    user_id TEXT NOT NULL,
    user_reference_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    PRIMARY KEY (merchant_id, user_id)
) STRICT;
CREATE UNIQUE INDEX vkyc_users_by_reference_id ON vkyc_users (merchant_id, user_reference_id);
PRAGMA user_version = 18;
