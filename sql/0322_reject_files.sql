-- Where the rejected rows of each import were written, and on which machine: who is erased is taken
-- out of those files too.
alter table imports
  add column reject_file text,
  add column reject_host text;
