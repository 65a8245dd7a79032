-- What a campaign's pacing leaves behind: what its floor taught it, and why it dialed.

create table pacing_memory (
  campaign_id integer primary key references campaigns on delete cascade,
  -- LearnedFloor of src/pacing/learned.ts, read as a whole and never searched.
  learned json not null,
  saved_at timestamptz not null
);

-- One row for each decision that dialed. Its attempts have its `at` as their placed_at.
create table pacing_decisions (
  at timestamptz not null,
  campaign_id integer not null references campaigns on delete cascade,
  pacer text not null,
  why text not null,
  -- Lines asked for, and those of them that found a way out.
  dials integer not null,
  placed integer not null,
  agents integer not null,
  ready integer not null,
  lines integer not null,
  waiting integer not null,
  answered integer not null,
  abandoned integer not null,
  abandon_rate_max real not null,
  -- The forecast; null where the pacer makes none.
  in_ms real,
  agents_free real,
  answers real,
  risk real,
  risk_max real,
  -- Time comes first: old rows are forgotten over all campaigns.
  primary key (at, campaign_id)
);
