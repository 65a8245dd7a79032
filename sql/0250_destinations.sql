-- Where calls may go, whose numbers they may show, and what holds a cap while an attempt is stored.

-- A destination is a country (ISO 3166-1) or the beginning of a number. What no row allows is not
-- dialed; what a row forbids is not dialed even where another allows it.
create table destinations (
  what text primary key check (what ~ '^([A-Z]{2}|\+[1-9][0-9]{0,14})$'),
  verdict text not null check (verdict in ('allowed', 'forbidden')),
  -- An allowed one that is dialed although its numbers are costly or abused.
  high_risk boolean not null default false,
  why text not null,
  changed_at timestamptz not null default now()
);

-- Numbers that we may show to the people we call.
create table caller_ids (
  number text primary key check (number ~ '^\+?[0-9]{3,32}$'),
  -- Where it is written that it is ours, or that its owner lets us.
  proof text not null check (proof <> ''),
  -- Dials in any 24 hours by which it keeps its good name; null for as many as there are.
  daily_max integer check (daily_max between 1 and 1000000),
  added_at timestamptz not null default now()
);

alter table attempts
  -- What the person's phone showed; null for attempts from before it was kept.
  add column caller_id text,
  -- The company the person was called at, as `company_of` writes it.
  add column company text;

create index attempts_of_caller_id on attempts (caller_id, placed_at desc)
  where caller_id is not null;
create index attempts_of_company on attempts (company, placed_at desc) where company is not null;

-- The company of a lead, from the columns that lists have it in; written one way.
create function company_of(data jsonb) returns text language sql immutable as $$
  select nullif(lower(regexp_replace(btrim(coalesce(data->>'company', data->>'Company',
    data->>'公司', data->>'公司名称', data->>'单位', '')), '\s+', ' ', 'g')), '')
$$;

-- Of attempts that the gate allowed, those against which nothing was dialed since it looked. Each
-- want is {attempt, at, since, numbers, dials, company, companyDials, callerId, callerIdMax}. The locks
-- are held until the attempts are committed, and taken in one order by everybody; the statement
-- after them sees what was committed while we waited. So of two dials that one cap has room for
-- one of, one is stored, whoever judges them and wherever.
create function reserve_dials(wants json) returns setof uuid language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(key, 250)) from (
    select distinct key from json_to_recordset(wants)
      as w (numbers json, company text, "callerId" text, "callerIdMax" integer)
    cross join lateral (
      select 'number ' || n from json_array_elements_text(w.numbers) n
      union all select 'company ' || w.company where w.company is not null
      union all select 'caller-id ' || w."callerId" where w."callerIdMax" is not null
    ) k (key)
    order by key
  ) keys;
  return query
    with w as materialized (
      select *, row_number() over (partition by "callerId" order by attempt) as turn
      from json_to_recordset(wants) as w (attempt uuid, at timestamptz, since timestamptz, numbers json,
        dials integer, company text, "companyDials" integer, "callerId" text,
        "callerIdMax" integer)
    ), used as materialized (
      select c."callerId", (select count(*) from attempts a
        where a.caller_id = c."callerId" and a.placed_at > c.at - interval '24 hours') as dials
      from (select "callerId", max(at) as at from w where "callerIdMax" is not null
        group by "callerId") c
    )
    select w.attempt from w left join used on used."callerId" = w."callerId"
    where w.dials = (select count(*) from attempts a
        where a.number = any (array(select json_array_elements_text(w.numbers)))
          and a.placed_at > w.since)
      and (w.company is null or w."companyDials" = (select count(*) from attempts a
        where a.company = w.company and a.placed_at > w.since))
      and (w."callerIdMax" is null or coalesce(used.dials, 0) + w.turn <= w."callerIdMax");
end
$$;
