-- Under which epoch a lead is leased: who takes a switch over frees the leads of the controller that
-- was there before. Of a short list they were all that was left, and nobody was dialed for the minute
-- that a lease lasts. Leads that are leased while this is made have none, and wait as before.
alter table campaign_leads add column lease_epoch bigint;
