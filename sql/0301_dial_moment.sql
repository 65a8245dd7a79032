-- What an attempt was allowed by that lasts a moment and not a lead: how much room its trunk had, and
-- how the campaign stood towards its abandon limit, when the line was chosen.
alter table attempt_rules add column moment jsonb;
