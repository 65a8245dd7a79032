-- People whom one campaign must not call, though others may.
create table campaign_do_not_call (
  campaign_id integer not null references campaigns on delete cascade,
  phone text collate "C" not null check (phone ~ '^\+[1-9][0-9]{6,14}$'),
  added_at timestamptz not null default now(),
  why text not null default '',
  primary key (campaign_id, phone)
);
