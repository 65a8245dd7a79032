-- Several controllers share the work: each switch has a seat, and who holds it commands the switch
-- and runs every campaign there. An epoch is drawn at each taking, so that it names one holding of
-- one seat and no other; every write carries it, and writes nothing once the seat was taken again.
create sequence epochs;
select setval('epochs', (select coalesce(max(epoch), 0) + 1 from campaigns));

drop table seats;
create table seats (
  pbx text primary key,
  -- Null when it was given back.
  controller text,
  epoch bigint not null unique default nextval('epochs'),
  -- The epoch of the holding before: facts that waited on a disk under it may still be stored.
  epoch_before bigint not null default 0,
  leased_until timestamptz,
  -- What the holder last said of the switch: whether it is in use.
  usable boolean not null default false
) with (fillfactor = 50);

-- Who is there to share the seats, measured by the database's clock like the leases.
create table controllers (
  id text primary key,
  seen_until timestamptz not null
) with (fillfactor = 50);

-- A switch that is given back, or changes hands, is news to every controller.
create trigger seats_changed after update of controller on seats
  for each statement execute function ringwright_changed();

alter table campaigns drop column owner, drop column epoch, drop column leased_until;

-- Where the agent's phone was last in use; that switch's controller has the agent.
alter table agent_states add column pbx text;

-- How many of a trunk's channels each switch may use. Together they are never more than the trunk
-- has; calls per second are shared in the same proportion.
create table trunk_shares (
  trunk_id integer not null references trunks on delete cascade,
  pbx text not null,
  channels integer not null check (channels >= 0),
  -- How many lines it could use when it last asked: none without agents at work.
  wanted integer not null,
  renewed_at timestamptz not null,
  primary key (trunk_id, pbx)
) with (fillfactor = 50);

-- A floor is one switch's: what it taught, and why it dialed.
alter table pacing_memory add column pbx text not null default '';
alter table pacing_memory drop constraint pacing_memory_pkey;
alter table pacing_memory add primary key (campaign_id, pbx);
alter table pacing_decisions add column pbx text not null default '';
alter table pacing_decisions drop constraint pacing_decisions_pkey;
alter table pacing_decisions add primary key (at, campaign_id, pbx);
