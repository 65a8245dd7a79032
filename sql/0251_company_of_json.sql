-- Columns of a lead without a meaning for us are kept as they came, in `json`.
drop function company_of(jsonb);
create function company_of(data json) returns text language sql immutable as $$
  select nullif(lower(regexp_replace(btrim(coalesce(data->>'company', data->>'Company',
    data->>'公司', data->>'公司名称', data->>'单位', '')), '\s+', ' ', 'g')), '')
$$;
