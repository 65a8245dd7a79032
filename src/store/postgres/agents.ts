/** Owns agents as the engine sees them: who they are, their PINs, their states and facts. */
import { plus, type Instant } from "../../clock.ts";
import type { AgentId, CampaignId, Epoch, PhoneName } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { pinMatches } from "../pin.ts";
import type { Agent, AgentRecord, AgentStanding, PinCheck, Store } from "../store.ts";
import { timeParameter, type Database, type Row, type Statement } from "./database.ts";
import { allHeld, fenced, heldSeats, lostEpoch } from "./ownership.ts";

const list: Statement = {
  name: "agents",
  text: `
    select a.id, a.name, a.phone, a.language, a.enabled, a.rank, a.place,
      coalesce(array_agg(c.campaign_id order by c.campaign_id)
        filter (where c.campaign_id is not null), '{}') as campaigns
    from agents a left join agent_campaigns c on c.agent_id = a.id
    group by a.id
    order by a.id`,
};

const lockPin: Statement = {
  name: "lock-pin",
  text: `
    select pin_hash, pin_tries, pin_locked_until from agents
    where id = $1 and enabled for update`,
};

const countPin: Statement = {
  name: "count-pin",
  text: `update agents set pin_tries = $2, pin_locked_until = $3 where id = $1`,
};

/**
 * An agent's state never goes back in time, in whatever order batches arrive. The agent is where
 * the last record was made.
 */
const record: Statement = {
  name: "record-agents",
  text: `
    with ${heldSeats}, news as materialized (
      select n.*, held.pbx from json_to_recordset($2::json) as n (agent integer, epoch bigint,
        facts json, state text, since timestamptz, campaign integer, snapshot jsonb)
      join held on held.epoch = n.epoch
      where ${allHeld}
    ), added as (
      insert into agent_facts (agent_id, at, seq, type, data)
      select news.agent, f.at, f.seq, f.type, f.data
      from news, json_to_recordset(news.facts) as f (seq integer, at timestamptz, type text,
        data jsonb)
      on conflict do nothing
    ), standing as (
      insert into agent_states as s (agent_id, state, since, campaign_id, snapshot, pbx)
      select agent, state, since, campaign, snapshot, pbx from news order by agent
      on conflict (agent_id) do update
        set state = excluded.state, since = excluded.since, campaign_id = excluded.campaign_id,
          snapshot = excluded.snapshot, pbx = excluded.pbx
        where s.since <= excluded.since
    )
    select ${lostEpoch} as lost`,
};

const standings: Statement = {
  name: "agent-standings",
  text: `
    select a.agent_id, a.state, a.since, a.campaign_id, a.snapshot, a.pbx,
      coalesce(s.usable and s.leased_until > now(), false) as served
    from agent_states a left join seats s on s.pbx = a.pbx order by a.agent_id`,
};

interface AgentRow extends Row {
  readonly id: AgentId;
  readonly name: string;
  readonly phone: PhoneName;
  readonly language: Agent["language"];
  readonly enabled: boolean;
  readonly rank: number;
  readonly place: string | null;
  readonly campaigns: readonly CampaignId[];
}

interface StandingRow extends Row {
  readonly agent_id: AgentId;
  readonly state: string;
  readonly since: Instant;
  readonly campaign_id: CampaignId | null;
  readonly snapshot: AgentStanding["snapshot"];
  readonly pbx: string | null;
  readonly served: boolean;
}

interface PinRow extends Row {
  readonly pin_hash: string;
  readonly pin_tries: number;
  readonly pin_locked_until: Instant | null;
}

/**
 * The row stays locked while the PIN is compared, so that tries sent at once are counted one by
 * one. The try that reaches the limit is answered `locked`.
 */
async function checkPin(
  database: Database, agent: AgentId, pin: string, now: Instant,
): Promise<PinCheck> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<PinRow>(lockPin, [agent]);
    if (!row) return { result: "wrong", lockedUntil: undefined };
    const { pin_locked_until: locked } = row;
    if (locked !== null && locked > now) return { result: "locked", lockedUntil: locked };
    if (await pinMatches(pin, row.pin_hash)) {
      await sql.query(countPin, [agent, 0, null]);
      return { result: "right", lockedUntil: undefined };
    }
    const tries = row.pin_tries + 1;
    const lockedUntil = tries >= limits.pinTries ? plus(now, limits.pinLockMs) : undefined;
    await sql.query(countPin, [agent, lockedUntil ? 0 : tries, timeParameter(lockedUntil)]);
    return { result: lockedUntil ? "locked" : "wrong", lockedUntil };
  });
}

/** One row per agent, since one statement can change a row only once; the last state counts. */
function newsOf(records: readonly AgentRecord[]): readonly object[] {
  const byAgent = new Map<AgentId, { last: AgentRecord; facts: AgentRecord["facts"][number][] }>();
  for (const record of records) {
    const known = byAgent.get(record.agent);
    byAgent.set(record.agent, {
      last: record, facts: [...(known?.facts ?? []), ...record.facts],
    });
  }
  return [...byAgent].map(([agent, { last, facts }]) => ({
    agent, epoch: last.epoch, state: last.state, since: timeParameter(last.since),
    campaign: last.campaign,
    snapshot: last.snapshot,
    facts: facts.map((fact) => ({ ...fact, at: timeParameter(fact.at) })),
  }));
}

type Part = Pick<Store, "agents" | "agentStandings" | "checkPin" | "recordAgents">;

export const agents = (database: Database): Part => ({
  agents: async () => (await database.query<AgentRow>(list)).map(({ place, ...agent }) =>
    ({ ...agent, ...place !== null && { place } })),
  async agentStandings() {
    return (await database.query<StandingRow>(standings)).map((row) => ({
      agent: row.agent_id, state: row.state, since: row.since,
      campaign: row.campaign_id ?? undefined, snapshot: row.snapshot,
      pbx: row.pbx ?? undefined, served: row.served,
    }));
  },
  checkPin: (agent, pin, now) => checkPin(database, agent, pin, now),
  async recordAgents(records) {
    if (records.length === 0) return;
    const epochs = [...new Set(records.map(({ epoch }) => epoch))];
    const [answer] = await database.query<{ lost: Epoch | null }>(
      record, [epochs, JSON.stringify(newsOf(records))]);
    const lost = answer?.lost ?? undefined;
    if (lost !== undefined) throw fenced(lost);
  },
});
