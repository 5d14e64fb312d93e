-- Video KYC. A case has a row in `journeys` too, of kind `video_kyc`: there its verification_id and reference_id are kept
-- apart from those of all other journeys, and its code is found. That row is written once; its status is empty, so that
-- nobody takes it for a KYC Link that must expire.
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
CREATE INDEX video_kycs_newest ON video_kycs (merchant_id, created_at, id, sub_status);
CREATE INDEX video_kycs_by_sub_status ON video_kycs (merchant_id, sub_status, created_at, id);
CREATE INDEX video_kycs_by_user ON video_kycs (merchant_id, user_reference_id, created_at, id);
CREATE INDEX video_kycs_by_phone ON video_kycs (merchant_id, phone_digest, created_at, id);
CREATE INDEX video_kycs_by_agent ON video_kycs (merchant_id, agent_id, created_at, id) WHERE agent_id IS NOT NULL;
CREATE INDEX video_kycs_by_auditor ON video_kycs (merchant_id, auditor_id, created_at, id)
    WHERE auditor_id IS NOT NULL;
CREATE INDEX video_kycs_waiting ON video_kycs (merchant_id, queue_priority, queue_since, id)
    WHERE queue_priority IS NOT NULL;
CREATE INDEX video_kycs_booked ON video_kycs (merchant_id, schedule_at) WHERE schedule_at IS NOT NULL;
CREATE UNIQUE INDEX video_kycs_one_live_case ON video_kycs (merchant_id, live_agent_id)
    WHERE live_agent_id IS NOT NULL;
CREATE INDEX video_kycs_decided ON video_kycs (merchant_id, decided_at, id) WHERE decided_at IS NOT NULL;
CREATE INDEX video_kycs_to_review ON video_kycs (merchant_id, review_since, id) WHERE review_since IS NOT NULL;
CREATE INDEX video_kycs_reviewed ON video_kycs (merchant_id, reviewed_at, sub_status)
    WHERE reviewed_at IS NOT NULL;
CREATE INDEX video_kycs_due ON video_kycs (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX video_kycs_composing ON video_kycs (decided_at, id) WHERE composing_call IS NOT NULL;

CREATE TABLE vkyc_users (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    user_id TEXT NOT NULL,
    user_reference_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sealed_state BLOB NOT NULL,
    PRIMARY KEY (merchant_id, user_id)
) STRICT;
CREATE UNIQUE INDEX vkyc_users_by_reference_id ON vkyc_users (merchant_id, user_reference_id);

-- How far the making of one file from a call's recording is; the work itself is `video_kycs.composing_call`.
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

-- Who was shown a recording or a picture.
CREATE TABLE evidence_views (
    merchant_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    viewer TEXT NOT NULL,
    sealed_client_ip BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX evidence_views_by_case ON evidence_views (merchant_id, case_id, at);
