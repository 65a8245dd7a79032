-- What calls say of people's interest comes in batches, and is noted by a few statements for a whole
-- batch. A function called for each call took 0.25 ms of processor: most of it to begin, each time,
-- two statements of which the second hardly ever finds anything.

drop function lead_event(bigint, timestamptz, real, double precision);

-- Something happened: what was left of the engagement, and so much more of what was missing, or,
-- for points below 0, so much less of it. Without points only the value became known. The n-th of
-- each array belong together; what is said of one lead is taken in the order given.
create function lead_events(
  leads bigint[], ats timestamptz[], points real[], lifetime_values double precision[]
) returns void language plpgsql as $$
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
$$;
