-- Which controller commands the switches; another one stands by, and takes the seat when its
-- holder has not renewed it in time. Measured by the database's clock alone.
create table seats (
  name text primary key,
  holder text not null,
  leased_until timestamptz not null
);
