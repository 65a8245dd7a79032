-- What the migrations in this folder add up to, written by `npm run schema`.
-- Nothing reads it but people and the test that holds it to a fresh migration.

create table agent_campaigns (
  agent_id integer not null,
  campaign_id integer not null,
  constraint agent_campaigns_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint agent_campaigns_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint agent_campaigns_pkey PRIMARY KEY (agent_id, campaign_id)
);

create table agent_facts (
  agent_id integer not null,
  at timestamp with time zone not null,
  seq integer not null,
  type text not null,
  data jsonb not null,
  constraint agent_facts_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint agent_facts_pkey PRIMARY KEY (agent_id, at, seq)
);

create table agent_states (
  agent_id integer not null,
  state text not null,
  since timestamp with time zone not null,
  campaign_id integer,
  snapshot jsonb not null,
  pbx text,
  constraint agent_states_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint agent_states_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE SET NULL,
  constraint agent_states_pkey PRIMARY KEY (agent_id)
);

create table agents (
  id integer generated always as identity not null,
  name text not null,
  phone text not null,
  language text not null,
  enabled boolean default true not null,
  pin_hash text not null,
  pin_tries smallint default 0 not null,
  pin_locked_until timestamp with time zone,
  sip_ha1 text not null,
  rank smallint default 5 not null,
  place text,
  constraint agents_language_check CHECK ((language = ANY (ARRAY['en'::text, 'zh'::text]))),
  constraint agents_phone_check CHECK ((phone ~ '^[a-z0-9-]{1,40}$'::text)),
  constraint agents_phone_key UNIQUE (phone),
  constraint agents_pkey PRIMARY KEY (id),
  constraint agents_place_check CHECK ((place ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'::text)),
  constraint agents_rank_check CHECK (((rank >= 1) AND (rank <= 9))),
  constraint agents_sip_ha1_check CHECK ((sip_ha1 ~ '^[0-9a-f]{32}$'::text))
);

create table answer_days (
  campaign_id integer not null,
  day date not null,
  answered integer not null,
  abandoned integer not null,
  constraint answer_days_answered_check CHECK ((answered >= 0)),
  constraint answer_days_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint answer_days_check CHECK (((abandoned >= 0) AND (abandoned <= answered))),
  constraint answer_days_pkey PRIMARY KEY (campaign_id, day)
);

create table attempt_rules (
  attempt uuid not null,
  versions text[] not null,
  zones text[] not null,
  places text[],
  moment jsonb,
  constraint attempt_rules_attempt_fkey FOREIGN KEY (attempt) REFERENCES attempts(id) ON DELETE CASCADE,
  constraint attempt_rules_pkey PRIMARY KEY (attempt)
);

create table attempts (
  id uuid not null,
  campaign_id integer not null,
  lead_id bigint not null,
  number text not null,
  trunk_id integer not null,
  pbx text not null,
  epoch bigint not null,
  placed_at timestamp with time zone not null,
  ringing_at timestamp with time zone,
  answered_at timestamp with time zone,
  joined_at timestamp with time zone,
  ended_at timestamp with time zone,
  outcome text,
  reason text,
  spent boolean,
  q850 smallint,
  sip smallint,
  agent_id integer,
  disposition text,
  recording text,
  caller_id text,
  company text,
  beep_seconds smallint,
  answer_probability real,
  predicted_by text,
  predicted_at timestamp with time zone,
  constraint attempts_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id),
  constraint attempts_answer_probability_check CHECK (((answer_probability >= (0)::double precision) AND (answer_probability <= (1)::double precision))),
  constraint attempts_beep_seconds_check CHECK (((beep_seconds >= 5) AND (beep_seconds <= 60))),
  constraint attempts_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id),
  constraint attempts_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads(id),
  constraint attempts_outcome_check CHECK ((outcome = ANY (ARRAY['connected'::text, 'abandoned'::text, 'hung-up-early'::text, 'machine'::text, 'busy'::text, 'no-answer'::text, 'failed'::text]))),
  constraint attempts_pkey PRIMARY KEY (id),
  constraint attempts_recording_check CHECK ((recording = ANY (ARRAY['record'::text, 'beep'::text, 'announce'::text, 'stop-on-key'::text, 'do-not-record'::text]))),
  constraint attempts_trunk_id_fkey FOREIGN KEY (trunk_id) REFERENCES trunks(id)
) with (fillfactor=70);

create table audit_head (
  only_row boolean default true not null,
  seq bigint not null,
  hash text not null,
  constraint audit_head_only_row_check CHECK (only_row),
  constraint audit_head_pkey PRIMARY KEY (only_row)
);

create table audit_log (
  seq bigint not null,
  at_ms bigint not null,
  who text not null,
  what text not null,
  why text not null,
  data text not null,
  previous text not null,
  hash text not null,
  constraint audit_log_pkey PRIMARY KEY (seq)
);

create table call_facts (
  attempt uuid not null,
  seq integer not null,
  at timestamp with time zone not null,
  type text not null,
  data jsonb not null,
  constraint call_facts_attempt_fkey FOREIGN KEY (attempt) REFERENCES attempts(id) ON DELETE CASCADE,
  constraint call_facts_pkey PRIMARY KEY (attempt, seq)
);

create table caller_ids (
  number text not null,
  proof text not null,
  daily_max integer,
  added_at timestamp with time zone default now() not null,
  constraint caller_ids_daily_max_check CHECK (((daily_max >= 1) AND (daily_max <= 1000000))),
  constraint caller_ids_number_check CHECK ((number ~ '^\+?[0-9]{3,32}$'::text)),
  constraint caller_ids_pkey PRIMARY KEY (number),
  constraint caller_ids_proof_check CHECK ((proof <> ''::text))
);

create table campaign_do_not_call (
  campaign_id integer not null,
  phone text not null,
  added_at timestamp with time zone default now() not null,
  why text default ''::text not null,
  constraint campaign_do_not_call_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint campaign_do_not_call_phone_check CHECK ((phone ~ '^\+[1-9][0-9]{6,14}$'::text)),
  constraint campaign_do_not_call_pkey PRIMARY KEY (campaign_id, phone)
);

create table campaign_leads (
  campaign_id integer not null,
  lead_id bigint not null,
  rank bigint not null,
  not_before timestamp with time zone,
  attempt uuid,
  state text default 'due'::text not null,
  spent smallint default 0 not null,
  last_outcome text,
  number smallint default 1 not null,
  retired boolean default false not null,
  promised_at timestamp with time zone,
  promised_to integer,
  skips smallint default 0 not null,
  lease_epoch bigint,
  constraint campaign_leads_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint campaign_leads_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads(id) ON DELETE CASCADE,
  constraint campaign_leads_pkey PRIMARY KEY (campaign_id, lead_id),
  constraint campaign_leads_state_check CHECK ((state = ANY (ARRAY['due'::text, 'leased'::text, 'dialing'::text, 'retry'::text, 'finished'::text])))
) with (autovacuum_vacuum_scale_factor=0.01, autovacuum_vacuum_threshold=10000, fillfactor=70);

create table campaign_lists (
  campaign_id integer not null,
  "position" integer not null,
  list_id integer not null,
  share smallint,
  constraint campaign_lists_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint campaign_lists_campaign_id_list_id_key UNIQUE (campaign_id, list_id),
  constraint campaign_lists_list_id_fkey FOREIGN KEY (list_id) REFERENCES dial_lists(id),
  constraint campaign_lists_pkey PRIMARY KEY (campaign_id, "position"),
  constraint campaign_lists_share_check CHECK (((share >= 1) AND (share <= 100)))
);

create table campaign_places (
  campaign_id integer not null,
  place text not null,
  constraint campaign_places_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint campaign_places_pkey PRIMARY KEY (campaign_id, place),
  constraint campaign_places_place_check CHECK ((place ~ '^[A-Z]{2}(-[A-Z0-9]{1,6})?$'::text))
);

create table campaign_versions (
  campaign_id integer not null,
  at timestamp with time zone default clock_timestamp() not null,
  settings jsonb not null,
  constraint campaign_versions_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint campaign_versions_pkey PRIMARY KEY (campaign_id, at)
);

create table campaigns (
  id integer generated always as identity not null,
  name text not null,
  settings jsonb not null,
  state text default 'draft'::text not null,
  created_at timestamp with time zone default now() not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint campaigns_name_key UNIQUE (name),
  constraint campaigns_pkey PRIMARY KEY (id),
  constraint campaigns_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'running'::text, 'paused'::text, 'stopping'::text, 'finished'::text])))
) with (fillfactor=50);

create table consents (
  id bigint generated always as identity not null,
  phone text not null,
  purpose text default ''::text not null,
  given boolean not null,
  at timestamp with time zone default now() not null,
  proof text not null,
  constraint consents_phone_check CHECK ((phone ~ '^\+[1-9][0-9]{6,14}$'::text)),
  constraint consents_pkey PRIMARY KEY (id),
  constraint consents_proof_check CHECK ((proof <> ''::text))
);

create table controllers (
  id text not null,
  seen_until timestamp with time zone not null,
  constraint controllers_pkey PRIMARY KEY (id)
) with (fillfactor=50);

create table destinations (
  what text not null,
  verdict text not null,
  high_risk boolean default false not null,
  why text not null,
  changed_at timestamp with time zone default now() not null,
  constraint destinations_pkey PRIMARY KEY (what),
  constraint destinations_verdict_check CHECK ((verdict = ANY (ARRAY['allowed'::text, 'forbidden'::text]))),
  constraint destinations_what_check CHECK ((what ~ '^([A-Z]{2}|\+[1-9][0-9]{0,14})$'::text))
);

create table dial_lists (
  id integer generated always as identity not null,
  name text not null,
  created_at timestamp with time zone default now() not null,
  constraint dial_lists_name_key UNIQUE (name),
  constraint dial_lists_pkey PRIMARY KEY (id)
);

create table do_not_call (
  phone text not null,
  registry_id integer not null,
  added_at timestamp with time zone default now() not null,
  why text default ''::text not null,
  constraint do_not_call_phone_check CHECK ((phone ~ '^\+[1-9][0-9]{6,14}$'::text)),
  constraint do_not_call_pkey PRIMARY KEY (phone, registry_id),
  constraint do_not_call_registry_id_fkey FOREIGN KEY (registry_id) REFERENCES do_not_call_registries(id) ON DELETE CASCADE
);

create table do_not_call_filter (
  part integer not null,
  bits bytea not null,
  constraint do_not_call_filter_pkey PRIMARY KEY (part)
);

create table do_not_call_news (
  phone text not null
);

create table do_not_call_registries (
  id integer generated always as identity not null,
  name text not null,
  country text,
  as_of timestamp with time zone,
  constraint do_not_call_registries_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
  constraint do_not_call_registries_name_check CHECK ((name ~ '^[a-z0-9-]{1,40}$'::text)),
  constraint do_not_call_registries_name_key UNIQUE (name),
  constraint do_not_call_registries_pkey PRIMARY KEY (id)
);

create table erased_numbers (
  hash bytea not null,
  erased_at timestamp with time zone default now() not null,
  constraint erased_numbers_pkey PRIMARY KEY (hash)
);

create table erasure_key (
  only_row boolean default true not null,
  key bytea not null,
  constraint erasure_key_only_row_check CHECK (only_row),
  constraint erasure_key_pkey PRIMARY KEY (only_row)
);

create table gate_blocks (
  campaign_id integer not null,
  lead_id bigint not null,
  code text not null,
  source text not null,
  until timestamp with time zone,
  at timestamp with time zone not null,
  constraint gate_blocks_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint gate_blocks_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads(id) ON DELETE CASCADE,
  constraint gate_blocks_pkey PRIMARY KEY (campaign_id, lead_id)
);

create table import_sources (
  name text not null,
  mapping jsonb not null,
  updated_at timestamp with time zone default now() not null,
  constraint import_sources_pkey PRIMARY KEY (name)
);

create table imports (
  id integer generated always as identity not null,
  list_id integer not null,
  fingerprint text not null,
  file text not null,
  state text default 'reading'::text not null,
  records bigint default 0 not null,
  rejected bigint default 0 not null,
  reject_bytes bigint default 0 not null,
  added bigint,
  started_at timestamp with time zone default now() not null,
  finished_at timestamp with time zone,
  taken bigint default 0 not null,
  doubled bigint default 0 not null,
  known bigint default 0 not null,
  unwanted bigint default 0 not null,
  elsewhere bigint default 0 not null,
  reject_file text,
  reject_host text,
  own_table boolean default false not null,
  constraint imports_list_id_fkey FOREIGN KEY (list_id) REFERENCES dial_lists(id) ON DELETE CASCADE,
  constraint imports_pkey PRIMARY KEY (id),
  constraint imports_state_check CHECK ((state = ANY (ARRAY['reading'::text, 'finished'::text, 'cancelled'::text])))
);

create table kill_switch (
  only_row boolean default true not null,
  is_on boolean default false not null,
  why text default ''::text not null,
  changed_at timestamp with time zone default now() not null,
  constraint kill_switch_only_row_check CHECK (only_row),
  constraint kill_switch_pkey PRIMARY KEY (only_row)
);

create table lead_numbers (
  lead_id bigint not null,
  "position" smallint not null,
  phone text not null,
  constraint lead_numbers_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads(id) ON DELETE CASCADE,
  constraint lead_numbers_phone_check CHECK ((phone ~ '^\+[1-9][0-9]{6,14}$'::text)),
  constraint lead_numbers_pkey PRIMARY KEY (lead_id, "position"),
  constraint lead_numbers_position_check CHECK ((("position" >= 2) AND ("position" <= 5)))
);

create table lead_predictions (
  lead_id bigint not null,
  model_id integer not null,
  answer_probability real not null,
  constraint lead_predictions_answer_probability_check CHECK (((answer_probability >= (0)::double precision) AND (answer_probability <= (1)::double precision))),
  constraint lead_predictions_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads(id) ON DELETE CASCADE,
  constraint lead_predictions_model_id_fkey FOREIGN KEY (model_id) REFERENCES prediction_models(id),
  constraint lead_predictions_pkey PRIMARY KEY (lead_id)
);

create table lead_scores (
  lead_id bigint not null,
  lifetime_value double precision,
  engagement real default 0 not null,
  engaged_at timestamp with time zone default now() not null,
  timely_at timestamp with time zone,
  constraint lead_scores_engagement_check CHECK (((engagement >= (0)::double precision) AND (engagement <= (1)::double precision))),
  constraint lead_scores_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads(id) ON DELETE CASCADE,
  constraint lead_scores_pkey PRIMARY KEY (lead_id)
);

create table leads (
  id bigint default nextval('lead_ids'::regclass) not null,
  list_id integer not null,
  phone text not null,
  name text default ''::text not null,
  language text,
  time_zone text,
  data json default '{}'::json not null,
  import_id integer,
  constraint leads_list_id_fkey FOREIGN KEY (list_id) REFERENCES dial_lists(id) ON DELETE CASCADE,
  constraint leads_phone_begins CHECK (((phone >= '+'::text) AND (phone < ':'::text) AND ((length(phone) >= 2) AND (length(phone) <= 33)))),
  constraint leads_pkey PRIMARY KEY (id)
) partition by RANGE (id);

create table leads_together (
  id bigint default nextval('lead_ids'::regclass) not null,
  list_id integer not null,
  phone text not null,
  name text default ''::text not null,
  language text,
  time_zone text,
  data json default '{}'::json not null,
  import_id integer,
  constraint leads_phone_begins CHECK (((phone >= '+'::text) AND (phone < ':'::text) AND ((length(phone) >= 2) AND (length(phone) <= 33)))),
  constraint leads_together_list_id_phone_key UNIQUE (list_id, phone),
  constraint leads_together_pkey PRIMARY KEY (id)
) part of leads FOR VALUES FROM (MINVALUE) TO ('1000000000');

create table lookup_days (
  day date not null,
  spent bigint default 0 not null,
  constraint lookup_days_pkey PRIMARY KEY (day),
  constraint lookup_days_spent_check CHECK ((spent >= 0))
);

create table lookup_runs (
  id integer generated always as identity not null,
  list_id integer not null,
  state text default 'open'::text not null,
  price_max bigint not null,
  spent bigint default 0 not null,
  asked bigint default 0 not null,
  started_at timestamp with time zone default now() not null,
  finished_at timestamp with time zone,
  constraint lookup_runs_list_id_fkey FOREIGN KEY (list_id) REFERENCES dial_lists(id) ON DELETE CASCADE,
  constraint lookup_runs_pkey PRIMARY KEY (id),
  constraint lookup_runs_price_max_check CHECK ((price_max >= 0)),
  constraint lookup_runs_spent_check CHECK ((spent >= 0)),
  constraint lookup_runs_state_check CHECK ((state = ANY (ARRAY['open'::text, 'finished'::text])))
);

create table number_evidence (
  phone text not null,
  at timestamp with time zone not null,
  quality text not null,
  source text not null,
  what text not null,
  attempt uuid,
  constraint number_evidence_pkey PRIMARY KEY (phone, at, source, what),
  constraint number_evidence_quality_check CHECK ((quality = ANY (ARRAY['valid'::text, 'suspicious'::text, 'dead'::text]))),
  constraint number_evidence_source_check CHECK ((source = ANY (ARRAY['rule'::text, 'lookup'::text, 'line'::text, 'person'::text])))
);

create table number_lookups (
  phone text not null,
  at timestamp with time zone not null,
  state text not null,
  word text not null,
  line text,
  carrier text,
  constraint number_lookups_pkey PRIMARY KEY (phone),
  constraint number_lookups_state_check CHECK ((state = ANY (ARRAY['live'::text, 'absent'::text, 'dead'::text, 'unknown'::text])))
);

create table number_quality (
  phone text not null,
  quality text not null,
  doubts smallint default 0 not null,
  since timestamp with time zone not null,
  constraint number_quality_pkey PRIMARY KEY (phone),
  constraint number_quality_quality_check CHECK ((quality = ANY (ARRAY['suspicious'::text, 'dead'::text])))
);

create table pacing_decisions (
  at timestamp with time zone not null,
  campaign_id integer not null,
  pacer text not null,
  why text not null,
  dials integer not null,
  placed integer not null,
  agents integer not null,
  ready integer not null,
  lines integer not null,
  waiting integer not null,
  answered integer not null,
  abandoned integer not null,
  abandon_rate_max real not null,
  in_ms real,
  agents_free real,
  answers real,
  risk real,
  risk_max real,
  pbx text default ''::text not null,
  constraint pacing_decisions_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint pacing_decisions_pkey PRIMARY KEY (at, campaign_id, pbx)
);

create table pacing_memory (
  campaign_id integer not null,
  learned json not null,
  saved_at timestamp with time zone not null,
  pbx text default ''::text not null,
  constraint pacing_memory_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns(id) ON DELETE CASCADE,
  constraint pacing_memory_pkey PRIMARY KEY (campaign_id, pbx)
);

create table prediction_models (
  id integer generated always as identity not null,
  name text not null,
  made_at timestamp with time zone not null,
  loaded_at timestamp with time zone default now() not null,
  constraint prediction_models_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
  constraint prediction_models_name_made_at_key UNIQUE (name, made_at),
  constraint prediction_models_pkey PRIMARY KEY (id)
);

create table recordings (
  attempt uuid not null,
  leg text not null,
  file text not null,
  started_at timestamp with time zone not null,
  duration_ms integer,
  bytes bigint,
  state text not null,
  constraint recordings_attempt_fkey FOREIGN KEY (attempt) REFERENCES attempts(id) ON DELETE CASCADE,
  constraint recordings_leg_check CHECK ((leg = ANY (ARRAY['lead'::text, 'agent'::text]))),
  constraint recordings_pkey PRIMARY KEY (attempt, leg),
  constraint recordings_state_check CHECK ((state = ANY (ARRAY['running'::text, 'whole'::text, 'missing'::text, 'discarded'::text, 'erased'::text])))
);

create table retention (
  what text not null,
  days integer not null,
  changed_at timestamp with time zone default now() not null,
  constraint retention_check CHECK (((what <> 'calls'::text) OR (days >= 1827))),
  constraint retention_days_check CHECK (((days >= 1) AND (days <= 36500))),
  constraint retention_pkey PRIMARY KEY (what),
  constraint retention_what_check CHECK ((what = ANY (ARRAY['recordings'::text, 'facts'::text, 'calls'::text, 'leads'::text])))
);

create table seats (
  pbx text not null,
  controller text,
  epoch bigint default nextval('epochs'::regclass) not null,
  epoch_before bigint default 0 not null,
  leased_until timestamp with time zone,
  usable boolean default false not null,
  constraint seats_epoch_key UNIQUE (epoch),
  constraint seats_pkey PRIMARY KEY (pbx)
) with (fillfactor=50);

create table trunk_shares (
  trunk_id integer not null,
  pbx text not null,
  channels integer not null,
  wanted integer not null,
  renewed_at timestamp with time zone not null,
  constraint trunk_shares_channels_check CHECK ((channels >= 0)),
  constraint trunk_shares_pkey PRIMARY KEY (trunk_id, pbx),
  constraint trunk_shares_trunk_id_fkey FOREIGN KEY (trunk_id) REFERENCES trunks(id) ON DELETE CASCADE
) with (fillfactor=50);

create table trunks (
  id integer generated always as identity not null,
  name text not null,
  host text not null,
  port integer not null,
  transport text not null,
  username text,
  password text,
  codecs text[] not null,
  channels_max integer not null,
  calls_per_second double precision not null,
  prefix text default ''::text not null,
  enabled boolean default true not null,
  constraint trunks_calls_per_second_check CHECK ((calls_per_second > (0)::double precision)),
  constraint trunks_channels_max_check CHECK (((channels_max >= 1) AND (channels_max <= 10000))),
  constraint trunks_name_check CHECK ((name ~ '^[a-z0-9-]{1,40}$'::text)),
  constraint trunks_name_key UNIQUE (name),
  constraint trunks_pkey PRIMARY KEY (id),
  constraint trunks_port_check CHECK (((port >= 1) AND (port <= 65535))),
  constraint trunks_prefix_check CHECK ((prefix ~ '^[0-9+]*$'::text)),
  constraint trunks_transport_check CHECK ((transport = ANY (ARRAY['udp'::text, 'tcp'::text, 'tls'::text])))
);

create table value_bands (
  grade text not null,
  from_value double precision not null,
  constraint value_bands_grade_check CHECK ((grade = ANY (ARRAY['A'::text, 'B'::text, 'C'::text, 'D'::text]))),
  constraint value_bands_pkey PRIMARY KEY (grade)
);

CREATE INDEX agent_facts_previews ON public.agent_facts USING btree ((((data ->> 'campaign'::text))::integer)) WHERE (type = 'preview-decided'::text);

CREATE INDEX attempts_answered ON public.attempts USING btree (campaign_id, answered_at) WHERE (outcome = ANY (ARRAY['connected'::text, 'abandoned'::text, 'hung-up-early'::text]));

CREATE UNIQUE INDEX attempts_live_lead ON public.attempts USING btree (lead_id) WHERE (outcome IS NULL);

CREATE UNIQUE INDEX attempts_live_number ON public.attempts USING btree (number) WHERE (outcome IS NULL);

CREATE INDEX attempts_of_caller_id ON public.attempts USING btree (caller_id, placed_at DESC) WHERE (caller_id IS NOT NULL);

CREATE INDEX attempts_of_campaign ON public.attempts USING btree (campaign_id, outcome);

CREATE INDEX attempts_of_company ON public.attempts USING btree (company, placed_at DESC) WHERE (company IS NOT NULL);

CREATE INDEX attempts_of_lead ON public.attempts USING btree (lead_id, placed_at);

CREATE INDEX attempts_of_number ON public.attempts USING btree (number, placed_at DESC);

CREATE INDEX campaign_leads_due ON public.campaign_leads USING btree (campaign_id, rank) WHERE (state = 'due'::text);

CREATE INDEX campaign_leads_lead ON public.campaign_leads USING btree (lead_id);

CREATE INDEX campaign_leads_promised ON public.campaign_leads USING btree (campaign_id, not_before) WHERE ((promised_at IS NOT NULL) AND (state = ANY (ARRAY['retry'::text, 'leased'::text])));

CREATE INDEX campaign_leads_retired ON public.campaign_leads USING btree (lead_id) WHERE retired;

CREATE INDEX campaign_leads_wake ON public.campaign_leads USING btree (campaign_id, not_before) WHERE (state = ANY (ARRAY['retry'::text, 'leased'::text]));

CREATE INDEX consents_of_phone ON public.consents USING btree (phone, at DESC);

CREATE INDEX gate_blocks_code ON public.gate_blocks USING btree (campaign_id, code);

CREATE UNIQUE INDEX imports_unfinished ON public.imports USING btree (list_id, fingerprint) WHERE (state = 'reading'::text);

CREATE INDEX lead_numbers_phone ON public.lead_numbers USING btree (phone);

CREATE UNIQUE INDEX lookup_runs_open ON public.lookup_runs USING btree (list_id) WHERE (state = 'open'::text);

CREATE OR REPLACE FUNCTION public.audit(who text, what text, why text, data text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  head audit_head;
  now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  fresh text;
begin
  select * into head from audit_head for update;
  fresh := audit_hash(head.hash, (head.seq + 1)::text, now_ms::text, who, what, why, data);
  insert into audit_log (seq, at_ms, who, what, why, data, previous, hash)
  values (head.seq + 1, now_ms, who, what, why, data, head.hash, fresh);
  update audit_head set seq = head.seq + 1, hash = fresh;
  return head.seq + 1;
end
$function$;

CREATE OR REPLACE FUNCTION public.audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  row_now jsonb := to_jsonb(coalesce(new, old))
    - array['password', 'pin_hash', 'sip_ha1', 'pin_tries', 'pin_locked_until', 'owner', 'epoch',
      'leased_until'];
begin
  -- The log is for ever, and an agent may leave: the number of the phone stands for the person.
  if tg_table_name = 'agents' then
    row_now := row_now - 'name';
  end if;
  perform audit(coalesce(nullif(current_setting('ringwright.who', true), ''), session_user),
    rtrim(tg_table_name, 's') || ' ' || case tg_op when 'INSERT' then 'added'
      when 'DELETE' then 'removed' else 'changed' end,
    '', row_now::text);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.audit_hash(previous text, VARIADIC fields text[])
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select encode(sha256(convert_to(previous || string_agg(
    octet_length(convert_to(field, 'UTF8')) || ':' || field, '' order by place), 'UTF8')), 'hex')
  from unnest(fields) with ordinality as f (field, place)
$function$;

CREATE OR REPLACE FUNCTION public.audit_head_moves_on()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'UPDATE' and new.seq = old.seq + 1
    and exists (select from audit_log where seq = new.seq and hash = new.hash
      and previous = old.hash) then
    return new;
  end if;
  raise exception 'the audit log is append-only';
end
$function$;

CREATE OR REPLACE FUNCTION public.audit_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the audit log is append-only';
end
$function$;

CREATE OR REPLACE FUNCTION public.audit_word_on_number()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform audit(coalesce(nullif(current_setting('ringwright.who', true), ''), session_user),
    case new.quality when 'dead' then 'number retired' when 'valid' then 'number revived'
      else 'number doubted' end,
    new.what, json_build_object(
      'people', json_build_array(encode(erasure_hash(new.phone), 'hex')))::text);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.company_of(data json)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select nullif(lower(regexp_replace(btrim(coalesce(data->>'company', data->>'Company',
    data->>'公司', data->>'公司名称', data->>'单位', '')), '\s+', ' ', 'g')), '')
$function$;

CREATE OR REPLACE FUNCTION public.contacts_since(numbers text[], company text, counts text, since timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return (
    select count(*) from (
      select a.outcome, a.spent, a.disposition from attempts a
      where numbers is not null and a.number = any (numbers) and a.placed_at > since
      union all
      select a.outcome, a.spent, a.disposition from attempts a
      where numbers is null and a.company = contacts_since.company and a.placed_at > since
    ) dials
    where case
      when outcome is null then contacts_since.counts in ('attempts', 'conversations', 'unanswered')
      when not spent then false
      else case contacts_since.counts
        when 'attempts' then true
        when 'conversations' then outcome in ('connected', 'abandoned')
        when 'unanswered' then outcome not in ('connected', 'abandoned')
        when 'conversation' then outcome = 'connected'
        when 'abandoned' then outcome = 'abandoned'
        when 'refusal' then disposition in ('not-interested', 'do-not-call', 'refused')
      end
    end
  );
end
$function$;

CREATE OR REPLACE FUNCTION public.erasure_hash(phone text)
 RETURNS bytea
 LANGUAGE sql
 STABLE
AS $function$
  select sha256((select key from erasure_key) || convert_to('+' || ltrim(phone, '+'), 'UTF8'))
$function$;

CREATE OR REPLACE FUNCTION public.judge_number()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.quality <> 'valid' then
    insert into number_quality as q (phone, quality, doubts, since)
    values (new.phone, new.quality,
      case when new.source = 'line' and new.quality = 'suspicious' then 1 else 0 end, new.at)
    on conflict (phone) do update set
      doubts = q.doubts + excluded.doubts,
      quality = case
        when 'dead' in (q.quality, excluded.quality) or q.doubts + excluded.doubts >= 2
        then 'dead' else 'suspicious' end,
      since = excluded.since;
    return null;
  end if;
  -- A lookup may err for a number whose line said that it is gone; an answer does not.
  delete from number_quality
  where phone = new.phone and (quality = 'suspicious' or new.source in ('line', 'person'));
  update campaign_leads l set state = 'retry', not_before = new.at, retired = false
  where l.retired and l.lead_id in (
      select id from leads where phone = new.phone
      union all select lead_id from lead_numbers where phone = new.phone)
    and not exists (select from number_quality where phone = new.phone and quality = 'dead')
    and exists (select from campaigns c where c.id = l.campaign_id and c.state <> 'finished');
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.keep_campaign_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into campaign_versions (campaign_id, settings) values (new.id, new.settings);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.lead_events(leads bigint[], ats timestamp with time zone[], points real[], lifetime_values double precision[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  rounds integer := coalesce((select max(n) from (
    select count(*) as n from unnest(leads) lead group by lead) each_lead), 0);
begin
  -- In the order of the leads, so that two batches never wait for each other in a circle.
  insert into lead_scores (lead_id, engagement, engaged_at)
  select lead, 0, min(at) from unnest(leads, ats) as e (lead, at) group by lead order by lead
  on conflict do nothing;
  perform from lead_scores where lead_id = any (leads) order by lead_id for update;
  for round in 1 .. rounds loop
    update lead_scores s set
      lifetime_value = coalesce(e.lifetime_value, s.lifetime_value),
      engagement = case
        when e.points is null then s.engagement
        when e.points < 0 then s.engagement
          * exp(-ln(2) * greatest(extract(epoch from e.at - s.engaged_at), 0) / (7 * 86400))
          * (1 + e.points)
        else 1 - (1 - s.engagement
          * exp(-ln(2) * greatest(extract(epoch from e.at - s.engaged_at), 0) / (7 * 86400)))
          * (1 - e.points)
        end,
      engaged_at = case when e.points is null then s.engaged_at
        else greatest(s.engaged_at, e.at) end,
      timely_at = case when e.points is null then s.timely_at
        else greatest(s.timely_at, e.at) end
    from (
      select *, row_number() over (partition by lead order by place) as nth
      from unnest(leads, ats, points, lifetime_values) with ordinality
        as given (lead, at, points, lifetime_value, place)
    ) e
    where s.lead_id = e.lead and e.nth = round;
  end loop;
  -- Campaigns that dial by value take it up at once.
  update campaign_leads l
  set rank = value_rank(l.lead_id, e.at, c.settings->'valueBands')
  from (select lead, max(at) as at from unnest(leads, ats) as g (lead, at) group by lead) e,
    campaigns c
  where l.lead_id = e.lead and l.state = 'due' and c.id = l.campaign_id
    and c.state in ('running', 'paused') and c.settings->>'order' = 'value'
    and not exists (select from campaign_lists m where m.campaign_id = c.id and m.share > 0);
end
$function$;

CREATE OR REPLACE FUNCTION public.lead_grade(lifetime double precision, bands jsonb)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select case when lifetime is not null then coalesce((
    select b.grade from (
      select grade, from_value from value_bands where bands is null
      union all
      select key, value::double precision from jsonb_each_text(bands)
    ) b where lifetime >= b.from_value order by b.from_value desc, b.grade limit 1), 'E')
  end
$function$;

CREATE OR REPLACE FUNCTION public.lead_score(s lead_scores, at timestamp with time zone, bands jsonb)
 RETURNS double precision
 LANGUAGE sql
 STABLE
AS $function$
  select 0.4 * case lead_grade((s).lifetime_value, bands)
      when 'A' then 1 when 'B' then 0.8 when 'C' then 0.6 when 'E' then 0.2 else 0.4 end
    + 0.3 * (s).engagement
      * exp(-ln(2) * greatest(extract(epoch from at - (s).engaged_at), 0) / (7 * 86400))
    + case when (s).timely_at is null then 0 else 0.3
      * exp(-ln(2) * greatest(extract(epoch from at - (s).timely_at), 0) / (3 * 86400)) end
$function$;

CREATE OR REPLACE FUNCTION public.note_do_not_call()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if coalesce(current_setting('ringwright.whole_registry', true), '') <> 'on' then
    insert into do_not_call_news select phone from added;
  end if;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.rank_by_value(only_campaign integer)
 RETURNS void
 LANGUAGE sql
AS $function$
  update campaign_leads l set rank = value_rank(l.lead_id, now(), c.settings->'valueBands')
  from campaigns c
  where c.id = l.campaign_id and l.state = 'due' and c.state in ('running', 'paused')
    and c.settings->>'order' = 'value'
    and case when only_campaign is null then c.settings->'valueBands' is null
      else c.id = only_campaign end
    and not exists (select from campaign_lists m where m.campaign_id = c.id and m.share > 0)
$function$;

CREATE OR REPLACE FUNCTION public.reserve_dials(wants json, eligible uuid[])
 RETURNS SETOF uuid
 LANGUAGE plpgsql
AS $function$
declare
  want record;
  numbers_taken text[] := '{}';
  companies_taken text[] := '{}';
  caller_ids_taken text[] := '{}';
  shown jsonb;
begin
  perform pg_advisory_xact_lock(hashtextextended(key, 250)) from (
    select distinct key from json_to_recordset(wants)
      as w (attempt uuid, numbers json, company text, "callerId" text, "callerIdMax" integer)
    cross join lateral (
      select 'number ' || n from json_array_elements_text(w.numbers) n
      union all select 'company ' || w.company where w.company is not null
      union all select 'caller-id ' || w."callerId" where w."callerIdMax" is not null
    ) k (key)
    where w.attempt = any (eligible)
    order by key
  ) keys;
  select coalesce(jsonb_object_agg(c."callerId", (select count(*) from attempts a
      where a.caller_id = c."callerId" and a.placed_at > c.at - interval '24 hours')), '{}')
    into shown
    from (select "callerId", max(at) as at from json_to_recordset(wants)
        as w (at timestamptz, "callerId" text, "callerIdMax" integer)
      where "callerIdMax" is not null group by "callerId") c;
  for want in
    select w.attempt, w.number, array(select json_array_elements_text(w.numbers)) as numbers,
      w.company, w.limits, w."callerId" as caller_id, w."callerIdMax" as caller_id_max
    from json_to_recordset(wants) as w (attempt uuid, number text, numbers json, company text,
      limits json, "callerId" text, "callerIdMax" integer)
    where w.attempt = any (eligible)
    order by w.attempt
  loop
    -- It could not be stored beside a live one of its number, and would hold a place for nothing.
    continue when want.number = any (numbers_taken)
      or exists (select from attempts a where a.number = want.number and a.outcome is null);
    continue when want.caller_id_max is not null
      and coalesce((shown->>want.caller_id)::integer, 0)
        + (select count(*) from unnest(caller_ids_taken) as c where c = want.caller_id)
        >= want.caller_id_max;
    continue when exists (
      select from json_to_recordset(want.limits)
        as l (per text, counts text, max integer, since timestamptz)
      where l.max <= contacts_since(
          case l.per when 'number' then array[want.number] when 'person' then want.numbers end,
          want.company, l.counts, l.since)
        + case when l.counts not in ('attempts', 'conversations', 'unanswered') then 0
          when l.per = 'company' then (select count(*) from unnest(companies_taken) as c
            where c = want.company)
          when l.per = 'person' then (select count(*) from unnest(numbers_taken) as n
            where n = any (want.numbers))
          -- Its own number is not among them, or it would not have come so far.
          else 0 end);
    numbers_taken := numbers_taken || want.number;
    companies_taken := companies_taken || want.company;
    caller_ids_taken := caller_ids_taken || want.caller_id;
    return next want.attempt;
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION public.reserve_lookups(run integer, today date, cost bigint, day_max bigint)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
declare
  left_of_run bigint;
  left_of_day bigint;
begin
  insert into lookup_days (day) values (today) on conflict do nothing;
  select day_max - spent into left_of_day from lookup_days where day = today for update;
  select price_max - spent into left_of_run from lookup_runs where id = run for update;
  if left_of_run < cost then return 'run'; end if;
  if left_of_day < cost then return 'day'; end if;
  update lookup_days set spent = spent + cost where day = today;
  update lookup_runs set spent = spent + cost where id = run;
  return 'reserved';
end
$function$;

CREATE OR REPLACE FUNCTION public.ringwright_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('ringwright_changed', tg_table_name);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.settle_lookups(run integer, reserved_on date, extra bigint, answered integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update lookup_days set spent = greatest(0, spent + extra) where day = reserved_on;
  update lookup_runs set spent = greatest(0, spent + extra), asked = asked + answered
  where id = run;
end
$function$;

CREATE OR REPLACE FUNCTION public.stated_place(data json, OUT states text[], OUT zips text[])
 RETURNS record
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce(array_agg(value order by key) filter (where word in ('state', 'statecode',
      'stateprovince', 'province', 'homestate', '州', '所在州')), '{}'),
    coalesce(array_agg(value order by key) filter (where word in ('zip', 'zipcode', 'zip5', 'zip4',
      'postcode', 'postalcode', 'homezip', '邮编', '邮政编码')), '{}')
  from (
    select key, btrim(value) as value, lower(regexp_replace(key, '[\s_.:/()*#-]', '', 'g')) as word
    from json_each_text(data)
  ) columns
  where value <> ''
$function$;

CREATE OR REPLACE FUNCTION public.value_rank(lead bigint, at timestamp with time zone, bands jsonb)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select ((1 - coalesce((select lead_score(s, at, bands) from lead_scores s where s.lead_id = lead),
    0.16)) * 1e6)::bigint * 1000000000 + lead % 1000000000
$function$;

CREATE TRIGGER agent_campaigns_audited AFTER INSERT OR DELETE ON public.agent_campaigns FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER agent_campaigns_changed AFTER INSERT OR DELETE OR UPDATE ON public.agent_campaigns FOR EACH STATEMENT EXECUTE FUNCTION ringwright_changed();

CREATE TRIGGER agents_audited AFTER INSERT OR DELETE OR UPDATE OF phone, language, enabled, sip_ha1, pin_hash, rank, place ON public.agents FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER agents_changed AFTER INSERT OR DELETE OR UPDATE OF name, phone, language, enabled, sip_ha1, rank, place ON public.agents FOR EACH STATEMENT EXECUTE FUNCTION ringwright_changed();

CREATE TRIGGER audit_head_row BEFORE DELETE OR UPDATE ON public.audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_moves_on();

CREATE TRIGGER audit_head_whole BEFORE TRUNCATE ON public.audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE TRIGGER campaign_places_changed AFTER INSERT ON public.campaign_places FOR EACH STATEMENT EXECUTE FUNCTION ringwright_changed();

CREATE TRIGGER campaign_settings_changed AFTER UPDATE OF settings ON public.campaigns FOR EACH ROW WHEN ((old.settings IS DISTINCT FROM new.settings)) EXECUTE FUNCTION keep_campaign_version();

CREATE TRIGGER campaign_settings_made AFTER INSERT ON public.campaigns FOR EACH ROW EXECUTE FUNCTION keep_campaign_version();

CREATE TRIGGER campaigns_audited AFTER INSERT OR DELETE ON public.campaigns FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER campaigns_changed AFTER INSERT OR DELETE OR UPDATE OF state, settings ON public.campaigns FOR EACH STATEMENT EXECUTE FUNCTION ringwright_changed();

CREATE TRIGGER campaigns_state_audited AFTER UPDATE OF state ON public.campaigns FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION audit_change();

CREATE TRIGGER do_not_call_added AFTER INSERT ON public.do_not_call REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_do_not_call();

CREATE TRIGGER do_not_call_changed AFTER UPDATE ON public.do_not_call REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_do_not_call();

CREATE TRIGGER import_sources_audited AFTER INSERT OR DELETE ON public.import_sources FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER import_sources_mapping_audited AFTER UPDATE ON public.import_sources FOR EACH ROW WHEN ((old.mapping IS DISTINCT FROM new.mapping)) EXECUTE FUNCTION audit_change();

CREATE TRIGGER imports_audited AFTER INSERT ON public.imports FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER imports_state_audited AFTER UPDATE OF state ON public.imports FOR EACH ROW WHEN ((old.state IS DISTINCT FROM new.state)) EXECUTE FUNCTION audit_change();

CREATE TRIGGER lookup_runs_audited AFTER INSERT ON public.lookup_runs FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER number_evidence_added AFTER INSERT ON public.number_evidence FOR EACH ROW EXECUTE FUNCTION judge_number();

CREATE TRIGGER number_evidence_audited AFTER INSERT ON public.number_evidence FOR EACH ROW WHEN ((new.source = 'person'::text)) EXECUTE FUNCTION audit_word_on_number();

CREATE TRIGGER prediction_models_audited AFTER INSERT OR DELETE ON public.prediction_models FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER seats_changed AFTER UPDATE ON public.seats FOR EACH ROW WHEN ((old.controller IS DISTINCT FROM new.controller)) EXECUTE FUNCTION ringwright_changed();

CREATE TRIGGER trunks_audited AFTER INSERT OR DELETE OR UPDATE ON public.trunks FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER trunks_changed AFTER INSERT OR DELETE OR UPDATE ON public.trunks FOR EACH STATEMENT EXECUTE FUNCTION ringwright_changed();

CREATE TRIGGER value_bands_audited AFTER INSERT OR DELETE ON public.value_bands FOR EACH ROW EXECUTE FUNCTION audit_change();

CREATE TRIGGER value_bands_value_audited AFTER UPDATE ON public.value_bands FOR EACH ROW WHEN ((old.from_value IS DISTINCT FROM new.from_value)) EXECUTE FUNCTION audit_change();
