-- Written by tools/schema.py: what the migrations add up to. To read and to compare; never run by Dastak.
CREATE FUNCTION public.audit_only_grows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TABLE public.api_keys (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    client_id text NOT NULL COLLATE pg_catalog."C",
    sealed_secret bytea NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint,
    label text DEFAULT ''::text NOT NULL,
    ends_at bigint,
    successor text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    last_used_at bigint
);
CREATE TABLE public.attempts (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    delivery_position bigint NOT NULL,
    number integer NOT NULL,
    started_at bigint NOT NULL,
    ended_at bigint NOT NULL,
    status integer,
    outcome text NOT NULL,
    reason text NOT NULL,
    sealed_exchange bytea
)
PARTITION BY RANGE (ended_at);
CREATE TABLE public.attempts_rest (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    delivery_position bigint NOT NULL,
    number integer NOT NULL,
    started_at bigint NOT NULL,
    ended_at bigint NOT NULL,
    status integer,
    outcome text NOT NULL,
    reason text NOT NULL,
    sealed_exchange bytea
);
CREATE TABLE public.audit_entries (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    sequence bigint NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL COLLATE pg_catalog."C",
    deed text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    details text NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE public.audit_heads (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    sealed_head bytea
);
CREATE TABLE public.codes (
    digest bytea NOT NULL,
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    journey_id text COLLATE pg_catalog."C"
);
CREATE TABLE public.compositions (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    case_id text NOT NULL COLLATE pg_catalog."C",
    attempts integer NOT NULL,
    progress double precision NOT NULL,
    failure text NOT NULL,
    lease_until bigint NOT NULL,
    again_at bigint NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE public.consents (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    journey_id text NOT NULL COLLATE pg_catalog."C",
    purpose text NOT NULL,
    text_sha256 text NOT NULL,
    given_at bigint NOT NULL,
    sealed_client_ip bytea NOT NULL
);
CREATE TABLE public.deliveries (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    event_position bigint NOT NULL,
    event_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL,
    endpoint_id text NOT NULL COLLATE pg_catalog."C",
    journey_id text NOT NULL COLLATE pg_catalog."C",
    verification_id text NOT NULL COLLATE pg_catalog."C",
    sequence integer NOT NULL,
    lane bigint NOT NULL,
    created_at bigint NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_status integer,
    last_reason text DEFAULT ''::text NOT NULL,
    finished_at bigint
)
WITH (fillfactor='90');
CREATE TABLE public.deployment (
    one boolean DEFAULT true NOT NULL,
    position_offset bigint DEFAULT 0 NOT NULL,
    beats bigint DEFAULT 0 NOT NULL,
    CONSTRAINT deployment_one_check CHECK (one)
)
WITH (fillfactor='50');
CREATE TABLE public.dispatchers (
    number bigint NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    tied_in text
)
WITH (fillfactor='50');
ALTER TABLE public.dispatchers ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.dispatchers_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.endpoint_breakers (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    endpoint_id text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL,
    open_until bigint,
    noted_at bigint NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE public.endpoint_hours (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    endpoint_id text NOT NULL COLLATE pg_catalog."C",
    hour bigint NOT NULL,
    accepted bigint NOT NULL,
    refused bigint NOT NULL,
    silent bigint NOT NULL,
    bands bigint[] NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE public.endpoints (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    state text NOT NULL,
    strict boolean NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    sealed_settings bytea NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE SEQUENCE public.endpoint_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.endpoint_numbers OWNED BY public.endpoints.number;
CREATE TABLE public.endpoint_trouble (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    endpoint_id text NOT NULL COLLATE pg_catalog."C",
    failing_since bigint,
    failures bigint DEFAULT 0 NOT NULL,
    last_failure_at bigint,
    last_reason text DEFAULT ''::text NOT NULL,
    warned integer DEFAULT 0 NOT NULL,
    warned_at bigint,
    well_at bigint,
    recovered_at bigint,
    gone_at bigint,
    told integer DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE public.events (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    journey_id text NOT NULL COLLATE pg_catalog."C",
    verification_id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL,
    sequence integer NOT NULL,
    occurred_at bigint NOT NULL,
    traceparent text DEFAULT ''::text NOT NULL,
    sealed_body bytea NOT NULL
);
CREATE TABLE public.evidence_views (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    case_id text NOT NULL COLLATE pg_catalog."C",
    reference text NOT NULL,
    viewer text NOT NULL,
    sealed_client_ip bytea NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.given_up (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);
CREATE TABLE public.idempotency_keys (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    key_digest bytea NOT NULL,
    request_digest bytea NOT NULL,
    ticket text NOT NULL,
    leased_until bigint NOT NULL,
    expires_at bigint NOT NULL,
    sealed_answer bytea
)
WITH (fillfactor='80');
CREATE TABLE public.journey_counts (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    slot bigint NOT NULL,
    template text NOT NULL COLLATE pg_catalog."C",
    step text NOT NULL COLLATE pg_catalog."C",
    shard integer NOT NULL,
    number bigint NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE public.journeys (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    verification_id text NOT NULL COLLATE pg_catalog."C",
    reference_id bigint NOT NULL,
    status text NOT NULL,
    expires_at bigint NOT NULL,
    version bigint NOT NULL,
    sealed_state bytea NOT NULL,
    created_at bigint NOT NULL,
    phone_digest bytea
)
WITH (fillfactor='70');
CREATE TABLE public.logos (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL
);
CREATE TABLE public.member_authenticators (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    member_id text NOT NULL COLLATE pg_catalog."C",
    confirmed boolean NOT NULL,
    version bigint NOT NULL,
    sealed_state bytea NOT NULL
);
CREATE TABLE public.member_invitations (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    token_digest text NOT NULL COLLATE pg_catalog."C",
    email_digest bytea NOT NULL,
    role text NOT NULL COLLATE pg_catalog."C",
    sealed_state bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.member_sessions (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    token_digest text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    member_id text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    sealed_device bytea NOT NULL,
    halfway boolean DEFAULT false NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE public.member_sign_ins (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    place text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    sealed_state bytea NOT NULL,
    forget_at bigint NOT NULL
);
CREATE TABLE public.members (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    email_digest bytea NOT NULL,
    role text NOT NULL COLLATE pg_catalog."C",
    active boolean NOT NULL,
    version bigint NOT NULL,
    sealed_state bytea NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE public.merchants (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    created_at bigint NOT NULL,
    sealed_contacts bytea,
    signing_client_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    version bigint DEFAULT 1 NOT NULL,
    time_zone text DEFAULT 'Asia/Kolkata'::text NOT NULL COLLATE pg_catalog."C",
    shown text DEFAULT '{}'::text NOT NULL
);
CREATE TABLE public.notices (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    journey_id text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL,
    purpose text NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at bigint,
    sealed_content bytea,
    last_error text DEFAULT ''::text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    finished_at bigint
);
CREATE TABLE public.operator_presence (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    operator_id text NOT NULL COLLATE pg_catalog."C",
    online_since bigint NOT NULL,
    last_heard bigint NOT NULL,
    device_checked_at bigint,
    last_act bigint
)
WITH (fillfactor='70');
CREATE TABLE public.operator_sessions (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    token_digest text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    operator_id text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    sealed_device bytea NOT NULL,
    halfway boolean DEFAULT false NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE public.operator_sign_ins (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    place text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    sealed_state bytea NOT NULL,
    forget_at bigint NOT NULL
);
CREATE TABLE public.operators (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    email_digest bytea NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL,
    sealed_state bytea NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE public.queue (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    endpoint bigint NOT NULL,
    lane bigint NOT NULL,
    sequence integer NOT NULL,
    "position" bigint NOT NULL,
    event_position bigint NOT NULL,
    not_before bigint DEFAULT 0 NOT NULL,
    due_at bigint,
    leased_by bigint,
    lease_until bigint,
    created_at bigint NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    delivery_id text NOT NULL COLLATE pg_catalog."C"
)
WITH (fillfactor='45', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_cost_delay='1');
CREATE SEQUENCE public.reference_ids
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
CREATE TABLE public.replays (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL,
    states text NOT NULL,
    endpoint_id text COLLATE pg_catalog."C",
    event_types text NOT NULL,
    verification_id text COLLATE pg_catalog."C",
    since bigint,
    until bigint,
    after_position bigint NOT NULL,
    up_to bigint NOT NULL,
    rate_per_second double precision NOT NULL,
    matched bigint NOT NULL,
    matched_exactly boolean NOT NULL,
    "position" bigint NOT NULL,
    requeued bigint NOT NULL,
    skipped text NOT NULL,
    due_at bigint,
    created_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint
);
CREATE TABLE public.retention_marks (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);
CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
CREATE TABLE public.static_links (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    code_digest bytea NOT NULL,
    sealed_code bytea NOT NULL,
    template_name text NOT NULL COLLATE pg_catalog."C",
    active boolean NOT NULL
);
CREATE TABLE public.templates (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    checks text NOT NULL,
    pages text DEFAULT '{}'::text NOT NULL
);
CREATE TABLE public.video_kycs (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    sub_status text NOT NULL COLLATE pg_catalog."C",
    user_reference_id bigint NOT NULL,
    phone_digest bytea NOT NULL,
    created_at bigint NOT NULL,
    due_at bigint,
    queue_priority smallint,
    queue_since bigint,
    schedule_at bigint,
    live_agent_id text COLLATE pg_catalog."C",
    agent_id text COLLATE pg_catalog."C",
    decided_at bigint,
    handling_us bigint,
    review_since bigint,
    auditor_id text COLLATE pg_catalog."C",
    reviewed_at bigint,
    composing_call text COLLATE pg_catalog."C",
    version bigint NOT NULL,
    sealed_state bytea NOT NULL
)
WITH (fillfactor='70');
CREATE TABLE public.vkyc_users (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    user_reference_id bigint NOT NULL,
    version bigint NOT NULL,
    sealed_state bytea NOT NULL
);
ALTER TABLE ONLY public.attempts ATTACH PARTITION public.attempts_rest DEFAULT;
ALTER TABLE ONLY public.endpoints ALTER COLUMN number SET DEFAULT nextval('public.endpoint_numbers'::regclass);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (client_id);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (merchant_id, sequence);
ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT audit_heads_pkey PRIMARY KEY (merchant_id);
ALTER TABLE ONLY public.codes
    ADD CONSTRAINT codes_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.compositions
    ADD CONSTRAINT compositions_pkey PRIMARY KEY (merchant_id, case_id);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (merchant_id, "position");
ALTER TABLE ONLY public.deployment
    ADD CONSTRAINT deployment_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.dispatchers
    ADD CONSTRAINT dispatchers_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.endpoint_breakers
    ADD CONSTRAINT endpoint_breakers_pkey PRIMARY KEY (merchant_id, endpoint_id);
ALTER TABLE ONLY public.endpoint_hours
    ADD CONSTRAINT endpoint_hours_pkey PRIMARY KEY (merchant_id, endpoint_id, hour);
ALTER TABLE ONLY public.endpoint_trouble
    ADD CONSTRAINT endpoint_trouble_pkey PRIMARY KEY (merchant_id, endpoint_id);
ALTER TABLE ONLY public.endpoints
    ADD CONSTRAINT endpoints_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (merchant_id, "position");
ALTER TABLE ONLY public.given_up
    ADD CONSTRAINT given_up_pkey PRIMARY KEY (merchant_id, "position");
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (merchant_id, key_digest);
ALTER TABLE ONLY public.journey_counts
    ADD CONSTRAINT journey_counts_pkey PRIMARY KEY (merchant_id, kind, slot, template, step, shard);
ALTER TABLE ONLY public.journeys
    ADD CONSTRAINT journeys_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.logos
    ADD CONSTRAINT logos_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.member_authenticators
    ADD CONSTRAINT member_authenticators_pkey PRIMARY KEY (merchant_id, member_id);
ALTER TABLE ONLY public.member_invitations
    ADD CONSTRAINT member_invitations_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.member_sessions
    ADD CONSTRAINT member_sessions_pkey PRIMARY KEY (merchant_id, token_digest);
ALTER TABLE ONLY public.member_sign_ins
    ADD CONSTRAINT member_sign_ins_pkey PRIMARY KEY (merchant_id, place);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.merchants
    ADD CONSTRAINT merchants_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.operator_presence
    ADD CONSTRAINT operator_presence_pkey PRIMARY KEY (merchant_id, operator_id);
ALTER TABLE ONLY public.operator_sessions
    ADD CONSTRAINT operator_sessions_pkey PRIMARY KEY (merchant_id, token_digest);
ALTER TABLE ONLY public.operator_sign_ins
    ADD CONSTRAINT operator_sign_ins_pkey PRIMARY KEY (merchant_id, place);
ALTER TABLE ONLY public.operators
    ADD CONSTRAINT operators_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.replays
    ADD CONSTRAINT replays_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.retention_marks
    ADD CONSTRAINT retention_marks_pkey PRIMARY KEY (merchant_id);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.static_links
    ADD CONSTRAINT static_links_pkey PRIMARY KEY (merchant_id, code_digest);
ALTER TABLE ONLY public.templates
    ADD CONSTRAINT templates_pkey PRIMARY KEY (merchant_id, name);
ALTER TABLE ONLY public.video_kycs
    ADD CONSTRAINT video_kycs_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.vkyc_users
    ADD CONSTRAINT vkyc_users_pkey PRIMARY KEY (merchant_id, user_id);
CREATE INDEX api_keys_by_merchant ON public.api_keys USING btree (merchant_id, created_at);
CREATE INDEX attempts_by_delivery ON ONLY public.attempts USING btree (delivery_position, number);
CREATE INDEX attempts_rest_delivery_position_number_idx ON public.attempts_rest USING btree (delivery_position, number);
CREATE INDEX audit_entries_by_actor ON public.audit_entries USING btree (merchant_id, actor, sequence);
CREATE INDEX audit_entries_by_deed ON public.audit_entries USING btree (merchant_id, deed, sequence);
CREATE INDEX audit_entries_by_time ON public.audit_entries USING btree (merchant_id, at, sequence);
CREATE INDEX audit_entries_without_reading ON public.audit_entries USING btree (merchant_id, sequence) WHERE (deed <> 'customer_data.read'::text);
CREATE INDEX consents_by_journey ON public.consents USING btree (merchant_id, journey_id);
CREATE INDEX deliveries_by_endpoint ON public.deliveries USING btree (merchant_id, endpoint_id, "position");
CREATE INDEX deliveries_by_event ON public.deliveries USING btree (merchant_id, event_id);
CREATE UNIQUE INDEX deliveries_by_id ON public.deliveries USING btree (merchant_id, id);
CREATE INDEX endpoint_hours_by_age ON public.endpoint_hours USING btree (hour);
CREATE INDEX endpoint_trouble_open ON public.endpoint_trouble USING btree (merchant_id, endpoint_id) WHERE ((failing_since IS NOT NULL) OR (recovered_at IS NOT NULL) OR (gone_at IS NOT NULL));
CREATE INDEX endpoints_by_number ON public.endpoints USING btree (number);
CREATE UNIQUE INDEX events_by_id ON public.events USING btree (merchant_id, id);
CREATE UNIQUE INDEX events_by_journey ON public.events USING btree (merchant_id, journey_id, sequence);
CREATE INDEX events_by_verification_id ON public.events USING btree (merchant_id, verification_id, "position");
CREATE INDEX evidence_views_by_case ON public.evidence_views USING btree (merchant_id, case_id, at);
CREATE INDEX idempotency_keys_to_forget ON public.idempotency_keys USING btree (expires_at);
CREATE INDEX journeys_by_phone ON public.journeys USING btree (merchant_id, phone_digest, created_at, id) WHERE (phone_digest IS NOT NULL);
CREATE UNIQUE INDEX journeys_by_reference_id ON public.journeys USING btree (merchant_id, reference_id);
CREATE INDEX journeys_by_status ON public.journeys USING btree (merchant_id, status, created_at, id) WHERE (kind = 'kyc_link'::text);
CREATE UNIQUE INDEX journeys_by_verification_id ON public.journeys USING btree (merchant_id, verification_id);
CREATE INDEX journeys_to_expire ON public.journeys USING btree (expires_at) WHERE (status = 'RECEIVED'::text);
CREATE UNIQUE INDEX member_invitations_by_email ON public.member_invitations USING btree (merchant_id, email_digest);
CREATE UNIQUE INDEX member_invitations_by_token ON public.member_invitations USING btree (merchant_id, token_digest);
CREATE INDEX member_sessions_by_member ON public.member_sessions USING btree (merchant_id, member_id);
CREATE INDEX member_sign_ins_to_forget ON public.member_sign_ins USING btree (merchant_id, forget_at);
CREATE UNIQUE INDEX members_by_email ON public.members USING btree (merchant_id, email_digest);
CREATE INDEX notices_by_journey ON public.notices USING btree (merchant_id, journey_id);
CREATE INDEX notices_due ON public.notices USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX notices_finished ON public.notices USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX operator_sessions_by_operator ON public.operator_sessions USING btree (merchant_id, operator_id);
CREATE INDEX operator_sign_ins_to_forget ON public.operator_sign_ins USING btree (merchant_id, forget_at);
CREATE UNIQUE INDEX operators_by_email ON public.operators USING btree (merchant_id, email_digest);
CREATE INDEX queue_due ON public.queue USING btree (endpoint, due_at, "position") WHERE (due_at IS NOT NULL);
CREATE INDEX queue_lane ON public.queue USING btree (lane, sequence);
CREATE INDEX replays_open ON public.replays USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX static_links_one_active ON public.static_links USING btree (merchant_id, template_name) WHERE active;
CREATE INDEX video_kycs_booked ON public.video_kycs USING btree (merchant_id, schedule_at) WHERE (schedule_at IS NOT NULL);
CREATE INDEX video_kycs_by_agent ON public.video_kycs USING btree (merchant_id, agent_id, created_at, id) WHERE (agent_id IS NOT NULL);
CREATE INDEX video_kycs_by_auditor ON public.video_kycs USING btree (merchant_id, auditor_id, created_at, id) WHERE (auditor_id IS NOT NULL);
CREATE INDEX video_kycs_by_phone ON public.video_kycs USING btree (merchant_id, phone_digest, created_at, id);
CREATE INDEX video_kycs_by_sub_status ON public.video_kycs USING btree (merchant_id, sub_status, created_at, id);
CREATE INDEX video_kycs_by_user ON public.video_kycs USING btree (merchant_id, user_reference_id, created_at, id);
CREATE INDEX video_kycs_composing ON public.video_kycs USING btree (decided_at, id) WHERE (composing_call IS NOT NULL);
CREATE INDEX video_kycs_decided ON public.video_kycs USING btree (merchant_id, decided_at, id) WHERE (decided_at IS NOT NULL);
CREATE INDEX video_kycs_due ON public.video_kycs USING btree (due_at, id) WHERE (due_at IS NOT NULL);
CREATE INDEX video_kycs_newest ON public.video_kycs USING btree (merchant_id, created_at, id) INCLUDE (sub_status);
CREATE UNIQUE INDEX video_kycs_one_live_case ON public.video_kycs USING btree (merchant_id, live_agent_id) WHERE (live_agent_id IS NOT NULL);
CREATE INDEX video_kycs_reviewed ON public.video_kycs USING btree (merchant_id, reviewed_at, sub_status) WHERE (reviewed_at IS NOT NULL);
CREATE INDEX video_kycs_to_review ON public.video_kycs USING btree (merchant_id, review_since, id) WHERE (review_since IS NOT NULL);
CREATE INDEX video_kycs_waiting ON public.video_kycs USING btree (merchant_id, queue_priority, queue_since, id) WHERE (queue_priority IS NOT NULL);
CREATE UNIQUE INDEX vkyc_users_by_reference_id ON public.vkyc_users USING btree (merchant_id, user_reference_id);
ALTER INDEX public.attempts_by_delivery ATTACH PARTITION public.attempts_rest_delivery_position_number_idx;
CREATE TRIGGER audit_entries_stay BEFORE DELETE OR UPDATE ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION public.audit_only_grows();
CREATE TRIGGER audit_heads_remain BEFORE DELETE ON public.audit_heads FOR EACH ROW EXECUTE FUNCTION public.audit_only_grows();
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT audit_heads_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.endpoints
    ADD CONSTRAINT endpoints_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.journey_counts
    ADD CONSTRAINT journey_counts_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.journeys
    ADD CONSTRAINT journeys_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.logos
    ADD CONSTRAINT logos_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.member_invitations
    ADD CONSTRAINT member_invitations_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.operators
    ADD CONSTRAINT operators_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.replays
    ADD CONSTRAINT replays_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.static_links
    ADD CONSTRAINT static_links_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.templates
    ADD CONSTRAINT templates_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.video_kycs
    ADD CONSTRAINT video_kycs_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.vkyc_users
    ADD CONSTRAINT vkyc_users_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
