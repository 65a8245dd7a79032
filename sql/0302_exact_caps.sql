-- Caps and pauses are counted again where the attempt is stored, instead of asking that nothing was
-- dialed since the gate looked: of three dials that a cap has room for, three get through, also when
-- they are stored at one moment.

drop function reserve_dials(json);

-- Of the attempts that may be stored (`eligible`), those that all of their limits have room for. Each
-- want is {attempt, at, number, numbers, company, limits, callerId, callerIdMax}; a limit is {per,
-- counts, max, since}, as src/compliance/frequency.ts has it. The locks are held until the attempts
-- are committed, and taken in one order by everybody; each statement after them sees what was
-- committed while we waited. Wants are taken one after the other: those before count for those after.
create function reserve_dials(wants json, eligible uuid[]) returns setof uuid language plpgsql as $$
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
$$;

-- Dials of any of the numbers, or where there are none of the company, that rang or may have rung
-- after a moment, of one kind. What is open counts for all that it may become, and has become none.
create function contacts_since(numbers text[], company text, counts text, since timestamptz)
returns bigint language plpgsql stable as $$
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
$$;
