-- What has to be kept of a call, what has to be forgotten of a person, and for how long.

-- A person who was erased is known by a hash of their number alone, so that nobody calls them again.
-- The key makes the hash worth nothing without this database.
create table erasure_key (
  only_row boolean primary key default true check (only_row),
  key bytea not null
);
insert into erasure_key (key)
  values (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

create table erased_numbers (
  hash bytea primary key,
  erased_at timestamptz not null default now()
);

create function erasure_hash(phone text) returns bytea language sql stable as $$
  select sha256((select key from erasure_key) || convert_to('+' || ltrim(phone, '+'), 'UTF8'))
$$;

-- A campaign's settings as they were when a call was placed: what its record is made of.
create table campaign_versions (
  campaign_id integer not null references campaigns on delete cascade,
  at timestamptz not null default clock_timestamp(),
  settings jsonb not null,
  primary key (campaign_id, at)
);
insert into campaign_versions (campaign_id, at, settings)
  select id, created_at, settings from campaigns;

create function keep_campaign_version() returns trigger language plpgsql as $$
begin
  insert into campaign_versions (campaign_id, settings) values (new.id, new.settings);
  return null;
end
$$;
create trigger campaign_settings_made after insert on campaigns
  for each row execute function keep_campaign_version();
create trigger campaign_settings_changed after update of settings on campaigns
  for each row when (old.settings is distinct from new.settings)
  execute function keep_campaign_version();

-- How long things are kept; without a row, for ever.
create table retention (
  what text primary key check (what in ('recordings', 'facts', 'calls', 'leads')),
  days integer not null check (days between 1 and 36500),
  changed_at timestamptz not null default now(),
  -- 16 CFR 310.5: records of calls are kept for five years.
  check (what <> 'calls' or days >= 1827)
);

-- `discarded`: the person asked not to be recorded. `erased`: as old as recordings are kept.
alter table recordings drop constraint recordings_state_check;
alter table recordings add constraint recordings_state_check
  check (state in ('running', 'whole', 'missing', 'discarded', 'erased'));

-- Who changes campaigns, trunks and agents is written down too. Every connection of ours says on
-- whose behalf it is.
create function audit_change() returns trigger language plpgsql as $$
declare
  row_now jsonb := to_jsonb(coalesce(new, old))
    - array['password', 'pin_hash', 'sip_ha1', 'pin_tries', 'pin_locked_until', 'owner', 'epoch',
      'leased_until'];
begin
  -- The log is for ever, and an agent may leave: the number of the phone stands for the person.
  if tg_table_name = 'agents' then
    row_now := row_now - 'name';
  end if;
  perform audit(coalesce(nullif(current_setting('ringwright.who', true), ''), session_user),
    rtrim(tg_table_name, 's') || ' ' || case tg_op when 'INSERT' then 'added'
      when 'DELETE' then 'removed' else 'changed' end,
    '', row_now::text);
  return null;
end
$$;
create trigger campaigns_audited after insert or delete on campaigns
  for each row execute function audit_change();
-- Who changes the settings says so by themselves, and why.
create trigger campaigns_state_audited after update of state on campaigns
  for each row when (old.state is distinct from new.state) execute function audit_change();
create trigger trunks_audited after insert or delete or update on trunks
  for each row execute function audit_change();
create trigger agents_audited after insert or delete
  or update of phone, language, enabled, sip_ha1, pin_hash on agents
  for each row execute function audit_change();

-- The head moves on by one entry at a time, to one that is there, and is never taken away.
create function audit_head_moves_on() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.seq = old.seq + 1
    and exists (select from audit_log where seq = new.seq and hash = new.hash
      and previous = old.hash) then
    return new;
  end if;
  raise exception 'the audit log is append-only';
end
$$;
create trigger audit_head_row before update or delete on audit_head
  for each row execute function audit_head_moves_on();
create trigger audit_head_whole before truncate on audit_head
  for each statement execute function audit_is_append_only();
revoke all on audit_log, audit_head from public;
