/**
 * Owns reading the product's records of a campaign as they are: every attempt and every recording,
 * straight from the tables, so that the report is checked against more than the report's own sums.
 */
import pg from "pg";
import type { OurAttempt } from "./compare.ts";

export interface RecordedCall {
  readonly attempt: string;
  /** Files relative to the recordings folder; null when there is no such leg. */
  readonly lead: string | null;
  readonly agent: string | null;
}

export interface CampaignRecords {
  readonly attempts: readonly OurAttempt[];
  readonly recordings: readonly RecordedCall[];
}

const milliseconds = (column: string): string =>
  `(extract(epoch from ${column}) * 1000)::double precision`;

const attemptRows = `
  select a.id as attempt, a.number, ${milliseconds("a.placed_at")} as "placedAt",
    ${milliseconds("a.answered_at")} as "answeredAt", ${milliseconds("a.joined_at")} as "joinedAt",
    ${milliseconds("a.ended_at")} as "endedAt", a.outcome, a.reason
  from attempts a join campaigns c on c.id = a.campaign_id
  where c.name = $1 order by a.placed_at`;

const recordingRows = `
  select r.attempt, max(r.file) filter (where r.leg = 'lead') as lead,
    max(r.file) filter (where r.leg = 'agent') as agent
  from recordings r join attempts a on a.id = r.attempt join campaigns c on c.id = a.campaign_id
  where c.name = $1 group by r.attempt`;

export async function readRecords(url: string, campaign: string): Promise<CampaignRecords> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const attempts = await client.query<OurAttempt>(attemptRows, [campaign]);
    const recordings = await client.query<RecordedCall>(recordingRows, [campaign]);
    return { attempts: attempts.rows, recordings: recordings.rows };
  } finally {
    await client.end();
  }
}
