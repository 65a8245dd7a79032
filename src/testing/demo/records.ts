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

/** An attempt with its switch, and the phone of the agent who had it. */
export interface RecordedAttempt extends OurAttempt {
  readonly pbx: string;
  readonly agent: string | null;
}

export interface CampaignRecords {
  readonly attempts: readonly RecordedAttempt[];
  readonly recordings: readonly RecordedCall[];
  /** Answer to bridge where the agent who took the call was ready and on the line at the answer. */
  readonly agentFree: AgentFreeMs;
}

export interface AgentFreeMs {
  readonly calls: number;
  /** Milliseconds; null without calls. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

const milliseconds = (column: string): string =>
  `(extract(epoch from ${column}) * 1000)::double precision`;

/** Of a campaign, by its name; times in milliseconds since 1970. */
export const attemptRows = `
  select a.id as attempt, a.number, a.pbx, g.phone as agent, ${milliseconds("a.placed_at")} as "placedAt",
    ${milliseconds("a.answered_at")} as "answeredAt", ${milliseconds("a.joined_at")} as "joinedAt",
    ${milliseconds("a.ended_at")} as "endedAt", a.outcome, a.reason
  from attempts a join campaigns c on c.id = a.campaign_id left join agents g on g.id = a.agent_id
  where c.name = $1 order by a.placed_at`;

/** One who hung up as the legs were joined may have left a file too: a fiftieth of a second. */
const recordingRows = `
  select r.attempt, max(r.file) filter (where r.leg = 'lead') as lead,
    max(r.file) filter (where r.leg = 'agent') as agent
  from recordings r join attempts a on a.id = r.attempt join campaigns c on c.id = a.campaign_id
  where c.name = $1 and a.outcome = 'connected' group by r.attempt`;

/** A call that the agent was rung for has a fact `agent-reserved`; such a one rings first. */
const agentFreeRows = `
  with free as (
    select extract(epoch from a.joined_at - a.answered_at) * 1000 as ms
    from attempts a join campaigns c on c.id = a.campaign_id
    where c.name = $1 and a.joined_at is not null
      and not exists (
        select from call_facts f where f.attempt = a.id and f.type = 'agent-reserved')
      and a.answered_at >= (
        select max(f.at) from agent_facts f
        where f.agent_id = a.agent_id and f.type = 'became-ready' and f.at <= a.joined_at)
  )
  select count(*)::integer as calls,
    percentile_cont(0.5) within group (order by ms)::integer as p50,
    percentile_cont(0.95) within group (order by ms)::integer as p95,
    percentile_cont(0.99) within group (order by ms)::integer as p99
  from free`;

export async function readRecords(url: string, campaign: string): Promise<CampaignRecords> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const attempts = await client.query<RecordedAttempt>(attemptRows, [campaign]);
    const recordings = await client.query<RecordedCall>(recordingRows, [campaign]);
    const free = await client.query<AgentFreeMs>(agentFreeRows, [campaign]);
    const [agentFree = { calls: 0, p50: null, p95: null, p99: null }] = free.rows;
    return { attempts: attempts.rows, recordings: recordings.rows, agentFree };
  } finally {
    await client.end();
  }
}
