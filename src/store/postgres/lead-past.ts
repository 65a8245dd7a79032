/** Owns what retry rules ask of a lead's past, as one column of whichever query has the lead. */
import type { Instant } from "../../clock.ts";
import type { Outcome } from "../../call/outcome.ts";
import type { LeadPast } from "../store.ts";

/** Attempts looked back on; no campaign allows more of them by its rules. */
const TRIED_MOST = 50;

type Columns<Name extends string> = Readonly<Record<Name, string>>;

/** The attempts of a lead in a campaign; null, unlooked for, where nothing was `spent`. */
export const tried = ({ lead, campaign, spent }: Columns<"lead" | "campaign" | "spent">): string =>
  `case when ${spent} > 0 then (
      select json_agg(json_build_object(
        'at', round(extract(epoch from placed_at) * 1000), 'outcome', outcome))
      from (
        select placed_at, outcome from attempts
        where lead_id = ${lead} and campaign_id = ${campaign} and spent
        order by placed_at desc limit ${TRIED_MOST}
      ) tried) end`;

/** Of a lead in a campaign, in one column. */
export const past = (
  { zone, ...lead }: Columns<"lead" | "campaign" | "zone" | "spent">,
): string => `
  json_build_object(
    'timeZone', ${zone},
    'numbers', 1 + (select count(*) from lead_numbers where lead_id = ${lead.lead}),
    'tried', ${tried(lead)})`;

export interface PastColumn {
  readonly timeZone: string | null;
  readonly numbers: number;
  readonly tried: readonly { readonly at: Instant; readonly outcome: Outcome }[] | null;
}

export const toPast = ({ timeZone, numbers, tried }: PastColumn): LeadPast => ({
  timeZone: timeZone ?? undefined, numbers, tried: tried ?? [],
});
