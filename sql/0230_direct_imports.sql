-- An import writes straight into `leads`, once; its rows count only when it has finished. Numbers
-- are looked up in a filter before Postgres is asked whether they may be called.

-- A regular expression per row was half the time of an import of a million.
alter table leads drop constraint leads_phone_check;
-- Digits need no rules of language to be compared. Other columns' data is kept, not searched.
alter table leads
  alter column phone type text collate "C",
  alter column data drop default;
alter table leads
  alter column data type json using data::json,
  alter column data set default '{}',
  -- Begins with + or a digit: as much as can be asked a million times in a tenth of a second.
  add constraint leads_phone_begins
    check (phone >= '+' and phone < ':' and length(phone) between 2 and 33),
  -- The import that is bringing this lead in, or brought it; null for leads made otherwise.
  add column import_id integer;

-- The leads that are in their list: those of an import count when all of its rows are in.
create view listed_leads as
  select l.* from leads l
  where l.import_id is null
    or exists (select from imports i where i.id = l.import_id and i.state = 'finished');

drop function create_import_rows(integer);
alter table imports drop column staged;
alter table imports
  -- Rows left out so far: the number came earlier in the file, was in the list, may not be called,
  -- or is on a list that the import was told to leave out.
  add column taken bigint not null default 0,
  add column doubled bigint not null default 0,
  add column known bigint not null default 0,
  add column unwanted bigint not null default 0,
  add column elsewhere bigint not null default 0;

-- A filter over all numbers of do_not_call, in pieces; what it denies is not on any list. Numbers
-- added after it was built are in do_not_call_news, since it cannot be changed in place.
create table do_not_call_filter (
  part integer primary key,
  bits bytea not null
);
alter table do_not_call_filter alter column bits set storage external;
create table do_not_call_news (phone text not null);

-- Whoever loads a registry whole takes the filter away instead, and says so by this setting.
create function note_do_not_call() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('ringwright.whole_registry', true), '') <> 'on' then
    insert into do_not_call_news select phone from added;
  end if;
  return null;
end
$$;
create trigger do_not_call_added after insert on do_not_call
  referencing new table as added for each statement execute function note_do_not_call();
create trigger do_not_call_changed after update on do_not_call
  referencing new table as added for each statement execute function note_do_not_call();
