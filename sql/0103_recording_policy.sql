-- What the compliance gate said of recording an attempt; null where nobody was asked, and then
-- nothing is recorded.
alter table attempts add column recording text
  check (recording in ('record', 'beep', 'announce', 'do-not-record'));
