-- Seconds between the tones of a recorded call, where the person's place asks for tones.
alter table attempts add column beep_seconds smallint check (beep_seconds between 5 and 60);
