-- What a number-lookup service said, kept so that nobody pays twice, and what it may cost.

-- The last answer for each number, with its age. Evidence about a number is in number_evidence;
-- this is the whole of what the service knew, also where it found nothing wrong.
create table number_lookups (
  phone text collate "C" primary key,
  at timestamptz not null,
  state text not null check (state in ('live', 'absent', 'dead', 'unknown')),
  -- The service's own word for it.
  word text not null,
  line text,
  carrier text
);

-- One looking-up of a list under one price cap; open until all is asked or the cap is reached, so
-- that an interrupted one goes on with what is left of its money. Prices are millionths.
create table lookup_runs (
  id integer generated always as identity primary key,
  list_id integer not null references dial_lists on delete cascade,
  state text not null default 'open' check (state in ('open', 'finished')),
  price_max bigint not null check (price_max >= 0),
  -- With what was asked and never answered: it may have been billed.
  spent bigint not null default 0 check (spent >= 0),
  asked bigint not null default 0,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index lookup_runs_open on lookup_runs (list_id) where state = 'open';

-- The same of all runs of a day, in UTC.
create table lookup_days (
  day date primary key,
  spent bigint not null default 0 check (spent >= 0)
);

-- Takes the price of some questions out of both caps before they are asked; says which one is in
-- the way when it is. Both rows are locked, so that two runs cannot spend the same money.
create function reserve_lookups(run integer, today date, cost bigint, day_max bigint)
returns text language plpgsql as $$
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
$$;

-- What a question cost beyond what was reserved (below 0: less), and how many numbers it answered.
-- Locks in the order of reserve_lookups.
create function settle_lookups(run integer, reserved_on date, extra bigint, answered integer)
returns void language plpgsql as $$
begin
  update lookup_days set spent = greatest(0, spent + extra) where day = reserved_on;
  update lookup_runs set spent = greatest(0, spent + extra), asked = asked + answered
  where id = run;
end
$$;
