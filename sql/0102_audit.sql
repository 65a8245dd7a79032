-- Who changed what that decides about calls, when and why. Each entry holds the hash of the one
-- before, so that a changed or missing one shows; see src/store/audit-chain.ts.

create table audit_log (
  seq bigint primary key,
  at_ms bigint not null,
  who text not null,
  what text not null,
  why text not null,
  -- JSON as it was hashed, letter by letter.
  data text not null,
  previous text not null,
  hash text not null
);

-- The last entry, held apart: entries taken from the end of the log show too.
create table audit_head (
  only_row boolean primary key default true check (only_row),
  seq bigint not null,
  hash text not null
);
insert into audit_head (seq, hash) values (0, repeat('0', 64));

-- SHA-256 over the hash before and each field, with its length in bytes in front.
create function audit_hash(previous text, variadic fields text[]) returns text
language sql immutable as $$
  select encode(sha256(convert_to(previous || string_agg(
    octet_length(convert_to(field, 'UTF8')) || ':' || field, '' order by place), 'UTF8')), 'hex')
  from unnest(fields) with ordinality as f (field, place)
$$;

create function audit(who text, what text, why text, data text) returns bigint
language plpgsql as $$
declare
  head audit_head;
  now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  fresh text;
begin
  select * into head from audit_head for update;
  fresh := audit_hash(head.hash, (head.seq + 1)::text, now_ms::text, who, what, why, data);
  insert into audit_log (seq, at_ms, who, what, why, data, previous, hash)
  values (head.seq + 1, now_ms, who, what, why, data, head.hash, fresh);
  update audit_head set seq = head.seq + 1, hash = fresh;
  return head.seq + 1;
end
$$;

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end
$$;
create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function audit_is_append_only();
