-- The facts of Ringwright: who is to be called, by whom, over what, and what became of it.
-- Times are timestamptz; they are written and read in milliseconds.

create table trunks (
  id integer generated always as identity primary key,
  name text not null unique check (name ~ '^[a-z0-9-]{1,40}$'),
  host text not null,
  port integer not null check (port between 1 and 65535),
  transport text not null check (transport in ('udp', 'tcp', 'tls')),
  username text,
  -- Plain, because registering at a carrier needs it; read by trunkSecrets() alone.
  password text,
  codecs text[] not null,
  channels_max integer not null check (channels_max between 1 and 10000),
  calls_per_second double precision not null check (calls_per_second > 0),
  prefix text not null default '' check (prefix ~ '^[0-9+]*$'),
  enabled boolean not null default true
);

create table agents (
  id integer generated always as identity primary key,
  name text not null,
  phone text not null unique check (phone ~ '^[a-z0-9-]{1,40}$'),
  language text not null check (language in ('en', 'zh')),
  enabled boolean not null default true,
  pin_hash text not null,
  pin_tries smallint not null default 0,
  pin_locked_until timestamptz,
  -- MD5 of phone:ringwright:password, which is what SIP digest (RFC 2617) needs of it.
  sip_ha1 text not null check (sip_ha1 ~ '^[0-9a-f]{32}$')
);

create table dial_lists (
  id integer generated always as identity primary key,
  name text not null unique,
  created_at timestamptz not null default now()
);

create table leads (
  id bigint generated always as identity primary key,
  list_id integer not null references dial_lists on delete cascade,
  phone text not null check (phone ~ '^\+?[0-9]{1,32}$'),
  name text not null default '',
  language text,
  time_zone text,
  data jsonb not null default '{}',
  unique (list_id, phone)
);

create table campaigns (
  id integer generated always as identity primary key,
  name text not null unique,
  settings jsonb not null,
  state text not null default 'draft'
    check (state in ('draft', 'running', 'paused', 'stopping', 'finished')),
  owner text,
  epoch bigint not null default 0,
  leased_until timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
) with (fillfactor = 50);

create table campaign_lists (
  campaign_id integer not null references campaigns on delete cascade,
  position integer not null,
  list_id integer not null references dial_lists,
  primary key (campaign_id, position),
  unique (campaign_id, list_id)
);

create table agent_campaigns (
  agent_id integer not null references agents on delete cascade,
  campaign_id integer not null references campaigns on delete cascade,
  primary key (agent_id, campaign_id)
);

create table agent_states (
  agent_id integer primary key references agents on delete cascade,
  state text not null,
  since timestamptz not null,
  campaign_id integer references campaigns on delete set null,
  -- The machine's whole state, from which the next controller goes on.
  snapshot jsonb not null
);

create table agent_facts (
  agent_id integer not null references agents on delete cascade,
  at timestamptz not null,
  seq integer not null,
  type text not null,
  data jsonb not null,
  primary key (agent_id, at, seq)
);

-- The work of a campaign, one row per lead. `not_before` is when the row may be taken: for `retry`
-- the end of the pause, for `leased` the end of the lease. `attempt` is the live or the last one.
create table campaign_leads (
  campaign_id integer not null references campaigns on delete cascade,
  lead_id bigint not null references leads on delete cascade,
  rank bigint not null,
  not_before timestamptz,
  attempt uuid,
  state text not null default 'due'
    check (state in ('due', 'leased', 'dialing', 'retry', 'finished')),
  spent smallint not null default 0,
  last_outcome text,
  primary key (campaign_id, lead_id)
) with (
  -- A row changes about four times; room on its page and early vacuums keep the indexes short.
  fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000
);
-- Together these two are the index of the lease query: each row is in one of them at most.
create index campaign_leads_due on campaign_leads (campaign_id, rank) where state = 'due';
create index campaign_leads_wake on campaign_leads (campaign_id, not_before)
  where state in ('retry', 'leased');
create index campaign_leads_lead on campaign_leads (lead_id);

create table attempts (
  id uuid primary key,
  campaign_id integer not null references campaigns,
  lead_id bigint not null references leads,
  number text not null,
  trunk_id integer not null references trunks,
  pbx text not null,
  epoch bigint not null,
  placed_at timestamptz not null,
  ringing_at timestamptz,
  answered_at timestamptz,
  joined_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('connected', 'abandoned', 'hung-up-early', 'machine', 'busy',
    'no-answer', 'failed')),
  reason text,
  spent boolean,
  q850 smallint,
  sip smallint,
  agent_id integer references agents,
  disposition text
) with (fillfactor = 70);
-- The database itself refuses a second live attempt of a lead or of a number.
create unique index attempts_live_lead on attempts (lead_id) where outcome is null;
create unique index attempts_live_number on attempts (number) where outcome is null;
create index attempts_of_lead on attempts (lead_id, placed_at);
-- The abandon rate: only attempts that a person answered.
create index attempts_answered on attempts (campaign_id, answered_at)
  where outcome in ('connected', 'abandoned', 'hung-up-early');
create index attempts_of_campaign on attempts (campaign_id, outcome);

create table call_facts (
  attempt uuid not null references attempts on delete cascade,
  seq integer not null,
  at timestamptz not null,
  type text not null,
  data jsonb not null,
  primary key (attempt, seq)
);

create table recordings (
  attempt uuid not null references attempts on delete cascade,
  leg text not null check (leg in ('lead', 'agent')),
  file text not null,
  started_at timestamptz not null,
  duration_ms integer,
  bytes bigint,
  state text not null check (state in ('running', 'whole', 'missing')),
  primary key (attempt, leg)
);

-- Controllers listen, so that a command acts at once and not at the next look.
create function ringwright_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('ringwright_changed', tg_table_name);
  return null;
end
$$;
create trigger campaigns_changed after insert or delete or update of state, settings on campaigns
  for each statement execute function ringwright_changed();
create trigger trunks_changed after insert or delete or update on trunks
  for each statement execute function ringwright_changed();
-- Not `pin_tries`: a wrong PIN is no news to a controller.
create trigger agents_changed
  after insert or delete or update of name, phone, language, enabled, sip_ha1 on agents
  for each statement execute function ringwright_changed();
create trigger agent_campaigns_changed after insert or delete or update on agent_campaigns
  for each statement execute function ringwright_changed();
