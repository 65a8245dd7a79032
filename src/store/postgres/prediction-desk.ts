/** Owns what models say of leads: loading it, a batch in one statement. */
import type { Instant } from "../../clock.ts";
import type { DialNumber, ListId } from "../../ids.ts";
import { timeParameter, type Database, type Statement } from "./database.ts";

/** The same model of the same moment is one row, however often its file is loaded. */
const model: Statement = {
  name: "prediction-model",
  text: `
    insert into prediction_models as m (name, made_at) values ($1, $2)
    on conflict (name, made_at) do update set loaded_at = now()
    returning m.id`,
};

/** Ordered by lead against deadlocks with another load. The last of two rows of a lead counts. */
const predict: Statement = {
  name: "predict-leads",
  text: `
    insert into lead_predictions as p (lead_id, model_id, answer_probability)
    select distinct on (l.id) l.id, $2, n.probability
    from unnest($3::text[], $4::real[]) with ordinality as n (phone, probability, place)
    join listed_leads l on l.list_id = $1 and l.phone = n.phone
    order by l.id, n.place desc
    on conflict (lead_id) do update
      set model_id = excluded.model_id, answer_probability = excluded.answer_probability`,
};

const matched: Statement = {
  name: "predicted-leads",
  text: `
    select count(*) as count from unnest($2::text[]) as n (phone)
    where exists (select from listed_leads l where l.list_id = $1 and l.phone = n.phone)`,
};

export interface PredictedNumber {
  readonly number: DialNumber;
  readonly probability: number;
}

/** The database is closed by its owner. */
export const predictionDesk = (database: Database) => ({
  model: async (name: string, madeAt: Instant): Promise<number> =>
    (await database.query<{ id: number }>(model, [name, timeParameter(madeAt)]))[0]?.id ?? 0,
  /** How many of these numbers are leads of the list. */
  matched: async (list: ListId, numbers: readonly DialNumber[]): Promise<number> =>
    (await database.query<{ count: number }>(matched, [list, numbers]))[0]?.count ?? 0,
  predict: async (
    { list, model: by }: { readonly list: ListId; readonly model: number },
    predicted: readonly PredictedNumber[],
  ): Promise<void> => {
    await database.query(predict, [
      list, by, predicted.map((each) => each.number), predicted.map((each) => each.probability),
    ]);
  },
});

export type PredictionDesk = ReturnType<typeof predictionDesk>;
