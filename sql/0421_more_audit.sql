-- Also in the audit log: imports, what their columns were taken for, value bands, which campaigns an
-- agent works for, models whose predictions were loaded, runs of number lookups, and a person's word
-- on a number. A change that says nothing new is no entry.

create trigger imports_audited after insert on imports
  for each row execute function audit_change();
create trigger imports_state_audited after update of state on imports
  for each row when (old.state is distinct from new.state) execute function audit_change();
create trigger import_sources_audited after insert or delete on import_sources
  for each row execute function audit_change();
create trigger import_sources_mapping_audited after update on import_sources
  for each row when (old.mapping is distinct from new.mapping) execute function audit_change();
create trigger value_bands_audited after insert or delete on value_bands
  for each row execute function audit_change();
create trigger value_bands_value_audited after update on value_bands
  for each row when (old.from_value is distinct from new.from_value)
  execute function audit_change();
create trigger agent_campaigns_audited after insert or delete on agent_campaigns
  for each row execute function audit_change();
create trigger prediction_models_audited after insert or delete on prediction_models
  for each row execute function audit_change();
create trigger lookup_runs_audited after insert on lookup_runs
  for each row execute function audit_change();

-- The log never holds a number, but the hash by which an erased one is known.
create function audit_word_on_number() returns trigger language plpgsql as $$
begin
  perform audit(coalesce(nullif(current_setting('ringwright.who', true), ''), session_user),
    case new.quality when 'dead' then 'number retired' when 'valid' then 'number revived'
      else 'number doubted' end,
    new.what, json_build_object(
      'people', json_build_array(encode(erasure_hash(new.phone), 'hex')))::text);
  return null;
end
$$;
create trigger number_evidence_audited after insert on number_evidence
  for each row when (new.source = 'person') execute function audit_word_on_number();
