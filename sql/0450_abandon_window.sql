-- The abandon limit over many days: finished days counted once, and where a campaign has called.

-- People who answered and were abandoned on days (UTC) that are over and of which no call is open.
-- Counted from `attempts`, which stays the truth: a day that is missing here is counted there.
create table answer_days (
  campaign_id integer not null references campaigns on delete cascade,
  day date not null,
  answered integer not null check (answered >= 0),
  abandoned integer not null check (abandoned >= 0 and abandoned <= answered),
  primary key (campaign_id, day)
);

-- Places whose rules hold for the campaign's abandon limit, `US` or `US-FL`: written before the
-- first attempt to each is stored.
create table campaign_places (
  campaign_id integer not null references campaigns on delete cascade,
  place text not null check (place ~ '^[A-Z]{2}(-[A-Z0-9]{1,6})?$'),
  primary key (campaign_id, place)
);

create trigger campaign_places_changed after insert on campaign_places
  for each statement execute function ringwright_changed();

-- Where campaigns have called already.
insert into campaign_places (campaign_id, place)
select distinct a.campaign_id, p.place
from attempt_rules r join attempts a on a.id = r.attempt cross join unnest(r.places) as p (place)
where p.place ~ '^[A-Z]{2}(-[A-Z0-9]{1,6})?$'
on conflict do nothing;
