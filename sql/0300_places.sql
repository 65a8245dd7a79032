-- Where a person may be, as their list says it, and where the gate took them to be.

-- The state and the ZIP code of somebody in the United States, from the columns that lists have
-- them in. Where several columns speak, all of them are heard: the gate takes the strictest.
create function stated_place(data json, out states text[], out zips text[])
language sql immutable as $$
  select coalesce(array_agg(value order by key) filter (where word in ('state', 'statecode',
      'stateprovince', 'province', 'homestate', '州', '所在州')), '{}'),
    coalesce(array_agg(value order by key) filter (where word in ('zip', 'zipcode', 'zip5', 'zip4',
      'postcode', 'postalcode', 'homezip', '邮编', '邮政编码')), '{}')
  from (
    select key, btrim(value) as value, lower(regexp_replace(key, '[\s_.:/()*#-]', '', 'g')) as word
    from json_each_text(data)
  ) columns
  where value <> ''
$$;

alter table attempt_rules
  -- `US-FL`, or `US` where any state was possible; null for attempts from before it was kept.
  add column places text[];
