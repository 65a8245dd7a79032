-- What a model says of how likely each lead is to answer a call; and with each attempt what pacing
-- counted on, by whose word.

create table prediction_models (
  id integer generated always as identity primary key,
  name text not null check (length(name) between 1 and 100),
  -- When the model said so, not when it was loaded.
  made_at timestamptz not null,
  loaded_at timestamptz not null default now(),
  unique (name, made_at)
);

create table lead_predictions (
  lead_id bigint primary key references leads on delete cascade,
  model_id integer not null references prediction_models,
  answer_probability real not null check (answer_probability between 0 and 1)
);

alter table attempts
  add column answer_probability real check (answer_probability between 0 and 1),
  -- The model's name, or 'own' for the campaign's own counts.
  add column predicted_by text,
  add column predicted_at timestamptz;
