-- Video KYC. A case has a row in `journeys` too, of kind `video_kyc`: there its verification_id and reference_id are kept
-- apart from those of all other journeys, and whoever sends again locks it. That row is written once; its status is
-- empty, so that nobody takes it for a KYC Link that must expire.
CREATE TABLE video_kycs (
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    id TEXT COLLATE "C" NOT NULL,
    sub_status TEXT COLLATE "C" NOT NULL,
    user_reference_id BIGINT NOT NULL,
    phone_digest BYTEA NOT NULL, -- keyed, and each merchant's own
    created_at BIGINT NOT NULL,
    due_at BIGINT, -- NULL: the clock has nothing to do with it any more
    queue_priority SMALLINT, -- NULL: nobody waits
    queue_since BIGINT,
    schedule_at BIGINT, -- NULL: no live booking
    live_agent_id TEXT COLLATE "C", -- who has the customer now
    agent_id TEXT COLLATE "C", -- who decided in the call
    decided_at BIGINT,
    handling_us BIGINT,
    review_since BIGINT, -- decided_at, while it waits for an auditor
    auditor_id TEXT COLLATE "C",
    reviewed_at BIGINT,
    composing_call TEXT COLLATE "C", -- the call whose recording has to be made into one file
    version BIGINT NOT NULL,
    sealed_state BYTEA NOT NULL, -- the whole case; what the columns say is there to be found by
    PRIMARY KEY (merchant_id, id)
) WITH (fillfactor = 70);
CREATE INDEX video_kycs_newest ON video_kycs (merchant_id, created_at, id) INCLUDE (sub_status);
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
    merchant_id TEXT COLLATE "C" NOT NULL REFERENCES merchants (id),
    user_id TEXT COLLATE "C" NOT NULL,
    user_reference_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    sealed_state BYTEA NOT NULL,
    PRIMARY KEY (merchant_id, user_id)
);
CREATE UNIQUE INDEX vkyc_users_by_reference_id ON vkyc_users (merchant_id, user_reference_id);

-- How far the making of one file from a call's recording is; the work itself is `video_kycs.composing_call`.
CREATE TABLE compositions (
    merchant_id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL,
    progress DOUBLE PRECISION NOT NULL,
    failure TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    again_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, case_id)
) WITH (fillfactor = 70);

-- Who was shown a recording or a picture.
CREATE TABLE evidence_views (
    merchant_id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    reference TEXT NOT NULL,
    viewer TEXT NOT NULL,
    sealed_client_ip BYTEA NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX evidence_views_by_case ON evidence_views (merchant_id, case_id, at);
