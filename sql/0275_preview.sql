-- Preview: agents look at each lead before it is dialed, and may skip it.

-- How often agents skipped this lead; so many times end it.
alter table campaign_leads add column skips smallint not null default 0;

-- What a report counts of a campaign's previews.
create index agent_facts_previews on agent_facts (((data ->> 'campaign')::integer))
  where type = 'preview-decided';
