-- How lists come in: the further numbers of a lead, what was learned about a source's columns, and
-- each run of an import, so that an interrupted one can go on.

-- Numbers of a lead beyond `leads.phone`, in the order they are tried.
create table lead_numbers (
  lead_id bigint not null references leads on delete cascade,
  position smallint not null check (position between 2 and 5),
  phone text not null check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  primary key (lead_id, position)
);
create index lead_numbers_phone on lead_numbers (phone);

-- The columns of a source as a person named them, used again for its next file.
create table import_sources (
  name text primary key,
  mapping jsonb not null,
  updated_at timestamptz not null default now()
);

create table imports (
  id integer generated always as identity primary key,
  list_id integer not null references dial_lists on delete cascade,
  -- Size, beginning and end of the file, its columns and how they are read, as one hash.
  fingerprint text not null,
  file text not null,
  state text not null default 'reading' check (state in ('reading', 'finished', 'cancelled')),
  -- Records read so far, and of those the accepted ones, which are in the staging table.
  records bigint not null default 0,
  staged bigint not null default 0,
  rejected bigint not null default 0,
  -- Bytes of the reject file that belong to those records.
  reject_bytes bigint not null default 0,
  added bigint,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index imports_unfinished on imports (list_id, fingerprint) where state = 'reading';

-- Rows wait in a table of their own until all are read. It is unlogged, since after a crash of the
-- database the file can be read again: half the writing, and the count shows the loss.
create function create_import_rows(import integer) returns void language plpgsql as $$
begin
  execute format('drop table if exists %I', 'import_rows_' || import);
  execute format('create unlogged table %I (line bigint not null, phone text not null,
    more text[], name text not null, language text, time_zone text, data jsonb not null)
    with (autovacuum_enabled = off)', 'import_rows_' || import);
end
$$;
