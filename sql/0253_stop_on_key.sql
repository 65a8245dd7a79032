-- A recording that is announced, and ends by a key of the person's phone.
alter table attempts drop constraint attempts_recording_check;
alter table attempts add constraint attempts_recording_check
  check (recording in ('record', 'beep', 'announce', 'stop-on-key', 'do-not-record'));
