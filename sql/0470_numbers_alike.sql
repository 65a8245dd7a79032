-- Numbers are compared alike everywhere. An index in one collation serves no look-up by a number in
-- another: for each lead that was judged, the whole of these indexes was read.

alter table attempts alter column number type text collate "C";
alter table lead_numbers alter column phone type text collate "C";
alter table consents alter column phone type text collate "C";
alter table do_not_call alter column phone type text collate "C";
alter table do_not_call_news alter column phone type text collate "C";
