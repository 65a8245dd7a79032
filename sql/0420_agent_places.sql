-- Where an agent sits, as `CN` or `US-CA`: the rules of recording of that place hold beside those of
-- the person called. Null where nobody has said.
alter table agents add column place text
  check (place ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$');
drop trigger agents_changed on agents;
create trigger agents_changed
  after insert or delete or update of name, phone, language, enabled, sip_ha1, rank, place on agents
  for each statement execute function ringwright_changed();
drop trigger agents_audited on agents;
create trigger agents_audited after insert or delete
  or update of phone, language, enabled, sip_ha1, pin_hash, rank, place on agents
  for each row execute function audit_change();
