-- Grades by bands of the company or of a campaign; engagement from what calls came to; and agents
-- with a rank, for the choice of who takes a lead of which grade.

-- Who converts best is 9; routing gives the worthiest leads to them.
alter table agents add column rank smallint not null default 5 check (rank between 1 and 9);
drop trigger agents_changed on agents;
create trigger agents_changed
  after insert or delete or update of name, phone, language, enabled, sip_ha1, rank on agents
  for each statement execute function ringwright_changed();
drop trigger agents_audited on agents;
create trigger agents_audited after insert or delete
  or update of phone, language, enabled, sip_ha1, pin_hash, rank on agents
  for each row execute function audit_change();

-- A lead's grade by a campaign's own bands, as `{"A": 10000, …}`, or by those of the company where
-- `bands` is null. The highest band reached, however the letters stand; below all of them it is E.
create function lead_grade(lifetime double precision, bands jsonb) returns text
language sql stable as $$
  select case when lifetime is not null then coalesce((
    select b.grade from (
      select grade, from_value from value_bands where bands is null
      union all
      select key, value::double precision from jsonb_each_text(bands)
    ) b where lifetime >= b.from_value order by b.from_value desc, b.grade limit 1), 'E')
  end
$$;

drop function lead_event(bigint, timestamptz, real, double precision);
drop function lead_score(lead_scores, timestamptz);

-- The same as src/leads/value.ts, which a test holds it to. `greatest` passes over nulls: a lead
-- without any sign of life would have been as timely as one from this very moment.
create function lead_score(s lead_scores, at timestamptz, bands jsonb) returns double precision
language sql stable as $$
  select 0.4 * case lead_grade((s).lifetime_value, bands)
      when 'A' then 1 when 'B' then 0.8 when 'C' then 0.6 when 'E' then 0.2 else 0.4 end
    + 0.3 * (s).engagement
      * exp(-ln(2) * greatest(extract(epoch from at - (s).engaged_at), 0) / (7 * 86400))
    + case when (s).timely_at is null then 0 else 0.3
      * exp(-ln(2) * greatest(extract(epoch from at - (s).timely_at), 0) / (3 * 86400)) end
$$;

-- Where a lead stands in a campaign that dials by value; 0.16 is the score of one nobody knows.
create function value_rank(lead bigint, at timestamptz, bands jsonb) returns bigint
language sql stable as $$
  select ((1 - coalesce((select lead_score(s, at, bands) from lead_scores s where s.lead_id = lead),
    0.16)) * 1e6)::bigint * 1000000000 + lead % 1000000000
$$;

-- Puts the fresh leads of campaigns that dial by value in their order anew: of one, or of all that
-- go by the company's bands. Lists mixed by percentage keep their order.
create function rank_by_value(only_campaign integer) returns void language sql as $$
  update campaign_leads l set rank = value_rank(l.lead_id, now(), c.settings->'valueBands')
  from campaigns c
  where c.id = l.campaign_id and l.state = 'due' and c.state in ('running', 'paused')
    and c.settings->>'order' = 'value'
    and case when only_campaign is null then c.settings->'valueBands' is null
      else c.id = only_campaign end
    and not exists (select from campaign_lists m where m.campaign_id = c.id and m.share > 0)
$$;

-- Something happened: what was left of the engagement, and so much more of what was missing, or,
-- for points below 0, so much less of it. Without points only the value became known.
create function lead_event(lead bigint, at timestamptz, points real, value double precision)
returns void language sql as $$
  insert into lead_scores as s (lead_id, lifetime_value, engagement, engaged_at, timely_at)
  values (lead, value, greatest(coalesce(points, 0), 0), at,
    case when points is not null then at end)
  on conflict (lead_id) do update set
    lifetime_value = coalesce(excluded.lifetime_value, s.lifetime_value),
    engagement = case
      when points is null then s.engagement
      when points < 0 then s.engagement
        * exp(-ln(2) * greatest(extract(epoch from at - s.engaged_at), 0) / (7 * 86400))
        * (1 + points)
      else 1 - (1 - s.engagement
        * exp(-ln(2) * greatest(extract(epoch from at - s.engaged_at), 0) / (7 * 86400)))
        * (1 - points)
      end,
    engaged_at = case when points is null then s.engaged_at else greatest(s.engaged_at, at) end,
    timely_at = case when points is null then s.timely_at
      else greatest(s.timely_at, at) end;
  -- Campaigns that dial by value take it up at once.
  update campaign_leads l
  set rank = value_rank(lead, at, c.settings->'valueBands')
  from campaigns c
  where l.lead_id = lead and l.state = 'due' and c.id = l.campaign_id
    and c.state in ('running', 'paused') and c.settings->>'order' = 'value'
    and not exists (select from campaign_lists m where m.campaign_id = c.id and m.share > 0);
$$;
