-- What the gate asks before each dial, and what it answered.

-- One row: whether anything may be dialed at all.
create table kill_switch (
  only_row boolean primary key default true check (only_row),
  is_on boolean not null default false,
  why text not null default '',
  changed_at timestamptz not null default now()
);
insert into kill_switch default values;

-- Registries of numbers that must not be called: the system's own, and files of authorities. The
-- copy of an authority's file has the date it was drawn.
create table do_not_call_registries (
  id integer generated always as identity primary key,
  name text not null unique check (name ~ '^[a-z0-9-]{1,40}$'),
  -- ISO 3166-1 country whose packs ask for it; null for the system's own list.
  country text check (country ~ '^[A-Z]{2}$'),
  as_of timestamptz
);
insert into do_not_call_registries (name) values ('system');

create table do_not_call (
  phone text not null check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  registry_id integer not null references do_not_call_registries on delete cascade,
  added_at timestamptz not null default now(),
  why text not null default '',
  primary key (phone, registry_id)
);

-- The newest row of a number and purpose holds; none is ever changed.
create table consents (
  id bigint generated always as identity primary key,
  phone text not null check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  -- An empty purpose is every purpose.
  purpose text not null default '',
  given boolean not null,
  at timestamptz not null default now(),
  proof text not null check (proof <> '')
);
create index consents_of_phone on consents (phone, at desc);

-- Why a lead of a running campaign was last not dialed.
create table gate_blocks (
  campaign_id integer not null references campaigns on delete cascade,
  lead_id bigint not null references leads on delete cascade,
  code text not null,
  source text not null,
  until timestamptz,
  at timestamptz not null,
  primary key (campaign_id, lead_id)
);
create index gate_blocks_code on gate_blocks (campaign_id, code);

-- By which versions of which packs an attempt was allowed, and where the person may have been.
create table attempt_rules (
  attempt uuid primary key references attempts on delete cascade,
  versions text[] not null,
  zones text[] not null
);

create index attempts_of_number on attempts (number, placed_at desc);
