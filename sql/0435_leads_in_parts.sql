-- Leads of a large file come in as a table of their own, whose indexes are built when all rows are
-- in it, and which then becomes a part of `leads`. A million rows that go into the indexes one by
-- one take several times as long, and the longer the less their numbers are in order.

alter table attempts drop constraint attempts_lead_id_fkey;
alter table campaign_leads drop constraint campaign_leads_lead_id_fkey;
alter table gate_blocks drop constraint gate_blocks_lead_id_fkey;
alter table lead_numbers drop constraint lead_numbers_lead_id_fkey;
alter table lead_predictions drop constraint lead_predictions_lead_id_fkey;
alter table lead_scores drop constraint lead_scores_lead_id_fkey;
drop view listed_leads;

alter table leads rename to leads_together;
alter table leads_together rename constraint leads_pkey to leads_together_pkey;
alter table leads_together rename constraint leads_list_id_phone_key
  to leads_together_list_id_phone_key;
alter table leads_together alter column id drop identity;

-- Below a thousand million: leads that came in with small files, or one by one. Import N with a
-- table of its own has the thousand million from N000000000 on.
create sequence lead_ids maxvalue 999999999;
select setval('lead_ids', coalesce((select max(id) from leads_together), 0) + 1, false);
alter table leads_together alter column id set default nextval('lead_ids');

create table leads (
  id bigint not null default nextval('lead_ids'),
  list_id integer not null,
  phone text collate "C" not null,
  name text not null default '',
  language text,
  time_zone text,
  data json not null default '{}',
  import_id integer,
  constraint leads_pkey primary key (id),
  constraint leads_list_id_fkey foreign key (list_id) references dial_lists on delete cascade,
  constraint leads_phone_begins
    check (phone >= '+' and phone < ':' and length(phone) between 2 and 33)
) partition by range (id);
-- Each part sees to it that a number is in a list once. A list whose leads are in several parts
-- relies on the lock that an import holds on its list, and on what it asks before it stores.
alter table leads attach partition leads_together for values from (minvalue) to (1000000000);

alter table attempts add constraint attempts_lead_id_fkey
  foreign key (lead_id) references leads;
alter table campaign_leads add constraint campaign_leads_lead_id_fkey
  foreign key (lead_id) references leads on delete cascade;
alter table gate_blocks add constraint gate_blocks_lead_id_fkey
  foreign key (lead_id) references leads on delete cascade;
alter table lead_numbers add constraint lead_numbers_lead_id_fkey
  foreign key (lead_id) references leads on delete cascade;
alter table lead_predictions add constraint lead_predictions_lead_id_fkey
  foreign key (lead_id) references leads on delete cascade;
alter table lead_scores add constraint lead_scores_lead_id_fkey
  foreign key (lead_id) references leads on delete cascade;

create view listed_leads as
  select l.* from leads l
  where l.import_id is null
    or exists (select from imports i where i.id = l.import_id and i.state = 'finished');

-- Its rows are in import_leads_N, which is no part of `leads` before the import has finished.
alter table imports add column own_table boolean not null default false;
