-- People's numbers one after the other, how good each is, callbacks, and the order of leads.

-- What was said of a number, by whom and when; nothing is ever changed.
create table number_evidence (
  phone text collate "C" not null,
  at timestamptz not null,
  quality text not null check (quality in ('valid', 'suspicious', 'dead')),
  source text not null check (source in ('rule', 'lookup', 'line', 'person')),
  what text not null,
  attempt uuid,
  primary key (phone, at, source, what)
);

-- What all of that comes to, for the numbers that are not simply valid.
create table number_quality (
  phone text collate "C" primary key,
  quality text not null check (quality in ('suspicious', 'dead')),
  -- Words of the line that were in doubt, since it last answered; the second is believed.
  doubts smallint not null default 0,
  since timestamptz not null
);

alter table campaign_leads
  -- Which of the person's numbers is tried next: 1 is the lead's own, 2 to 5 are further ones.
  add column number smallint not null default 1,
  -- Finished for want of a number that is alive: comes back with the number.
  add column retired boolean not null default false,
  -- A call that an agent promised for this moment comes before all others. `promised_to` is that
  -- agent; no foreign key, since an agent who has left keeps nobody from being called back.
  add column promised_at timestamptz,
  add column promised_to integer;
create index campaign_leads_promised on campaign_leads (campaign_id, not_before)
  where promised_at is not null and state in ('retry', 'leased');
create index campaign_leads_retired on campaign_leads (lead_id) where retired;

-- One live answer brings a number back, and with it the leads that were finished for it.
create function judge_number() returns trigger language plpgsql as $$
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
$$;
create trigger number_evidence_added after insert on number_evidence
  for each row execute function judge_number();

-- The share of a list among a campaign's lines, in percent; null where lists follow each other.
alter table campaign_lists add column share smallint check (share between 1 and 100);

-- What a person is worth, and how near to a decision: for the order of leads and the choice of an
-- agent. Both fade with time, so that they are kept with the moment they were true.
create table lead_scores (
  lead_id bigint primary key references leads on delete cascade,
  lifetime_value double precision,
  engagement real not null default 0 check (engagement between 0 and 1),
  engaged_at timestamptz not null default now(),
  -- The last sign of interest, or of life.
  timely_at timestamptz
);

-- From which lifetime value on a lead has a grade; below D it is E.
create table value_bands (
  grade text primary key check (grade in ('A', 'B', 'C', 'D')),
  from_value double precision not null
);
insert into value_bands values ('A', 10000), ('B', 3000), ('C', 1000), ('D', 200);

-- The same as src/leads/value.ts, which a test holds it to.
create function lead_score(s lead_scores, at timestamptz) returns double precision
language sql stable as $$
  select 0.4 * case
      when (s).lifetime_value is null then 0.4
      else coalesce((select case b.grade when 'A' then 1 when 'B' then 0.8 when 'C' then 0.6
          else 0.4 end
        from value_bands b where (s).lifetime_value >= b.from_value
        order by b.from_value desc limit 1), 0.2)
    end
    + 0.3 * (s).engagement
      * exp(-ln(2) * greatest(extract(epoch from at - (s).engaged_at), 0) / (7 * 86400))
    + 0.3 * coalesce(
      exp(-ln(2) * greatest(extract(epoch from at - (s).timely_at), 0) / (3 * 86400)), 0)
$$;

-- Something happened: what was left of the engagement, and so much more of the rest.
create function lead_event(lead bigint, at timestamptz, points real, value double precision)
returns void language sql as $$
  insert into lead_scores as s (lead_id, lifetime_value, engagement, engaged_at, timely_at)
  values (lead, value, points, at, at)
  on conflict (lead_id) do update set
    lifetime_value = coalesce(excluded.lifetime_value, s.lifetime_value),
    engagement = 1 - (1 - s.engagement
      * exp(-ln(2) * greatest(extract(epoch from excluded.engaged_at - s.engaged_at), 0)
        / (7 * 86400))) * (1 - excluded.engagement),
    engaged_at = excluded.engaged_at,
    timely_at = excluded.timely_at;
  -- Campaigns that dial by value take it up at once.
  update campaign_leads l
  set rank = ((1 - (select lead_score(s, at) from lead_scores s where s.lead_id = lead))
    * 1e6)::bigint * 1000000000 + lead % 1000000000
  from campaigns c
  where l.lead_id = lead and l.state = 'due' and c.id = l.campaign_id
    and c.state in ('running', 'paused') and c.settings->>'order' = 'value'
    and not exists (select from campaign_lists m where m.campaign_id = c.id and m.share > 0);
$$;
