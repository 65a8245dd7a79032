/** Owns what commands do to agents, and the digests of their phones, for rendering. */
import type { Knex } from "knex";
import type { Instant } from "../../clock.ts";
import { UserError } from "../../errors.ts";
import type { PhoneName } from "../../ids.ts";
import { text } from "../../language.ts";
import { sipDigest } from "../../telephony/asterisk/render.ts";
import { hashPin } from "../pin.ts";
import { isDuplicate, isReferenced, rowsOf } from "./knex.ts";
import type { Removal } from "./trunk-desk.ts";

export interface NewAgent {
  readonly name: string;
  readonly phone: PhoneName;
  readonly language: "en" | "zh";
  readonly pin: string;
  readonly sipPassword: string;
  /** 1 to 9; 5 when not said. */
  readonly rank?: number;
  /** `CN`, `US-CA`: whose rules of recording hold for the agent. */
  readonly place?: string | undefined;
  /** Names of the campaigns the agent works for; empty means every running one. */
  readonly campaigns: readonly string[];
}

export interface AgentRow {
  readonly name: string;
  readonly phone: PhoneName;
  readonly language: "en" | "zh";
  readonly enabled: boolean;
  readonly rank: number;
  readonly place: string | null;
  readonly campaigns: readonly string[];
  /** Null for an agent who was never logged in. */
  readonly state: string | null;
  readonly since: Instant | null;
}

async function add(sql: Knex, agent: NewAgent): Promise<void> {
  const pinHash = await hashPin(agent.pin);
  await sql.transaction(async (transaction) => {
    const campaigns = await transaction<{ id: number; name: string }>("campaigns")
      .select("id", "name").whereIn("name", agent.campaigns);
    const unknown = agent.campaigns.find((name) => !campaigns.some((each) => each.name === name));
    if (unknown !== undefined) throw noSuchCampaign(unknown);
    const [added] = await transaction("agents").insert({
      name: agent.name, phone: agent.phone, language: agent.language, pin_hash: pinHash,
      rank: agent.rank ?? 5, place: agent.place ?? null,
      sip_ha1: sipDigest(agent.phone, agent.sipPassword),
    }).returning<{ id: number }[]>("id");
    for (const { id } of campaigns) {
      await transaction("agent_campaigns").insert({ agent_id: added?.id, campaign_id: id });
    }
  }).catch((error: unknown) => {
    if (!isDuplicate(error)) throw error;
    throw new UserError(
      text(`phone ${agent.phone} belongs to an agent already`, `话机 ${agent.phone} 已属于其他座席`),
      text("choose another phone; `ringwright agent list` shows those in use",
        "请换一个话机；可用 `ringwright agent list` 查看已用的话机"),
    );
  });
}

export const noSuchCampaign = (name: string): UserError => new UserError(
  text(`there is no campaign ${JSON.stringify(name)}`, `没有名为 ${JSON.stringify(name)} 的活动`),
  text("`ringwright campaign list` shows them all", "可用 `ringwright campaign list` 查看全部活动"),
);

const noSuchPhone = (phone: string): UserError => new UserError(
  text(`no agent has the phone ${JSON.stringify(phone)}`, `没有座席使用话机 ${JSON.stringify(phone)}`),
  text("`ringwright agent list` shows them all", "可用 `ringwright agent list` 查看全部座席"),
);

/** By phone, since names need not differ. An agent with calls in the records is only disabled. */
async function remove(sql: Knex, phone: string): Promise<Removal> {
  try {
    const removed = await sql("agents").where({ phone }).delete();
    if (removed > 0) return "removed";
    throw noSuchPhone(phone);
  } catch (error) {
    if (!isReferenced(error)) throw error;
    await sql("agents").where({ phone }).update({ enabled: false });
    return "disabled";
  }
}

export const agentDesk = (sql: Knex) => ({
  add: (agent: NewAgent) => add(sql, agent),
  remove: (phone: string) => remove(sql, phone),
  /** Controllers take it up with the next call. */
  async rank(phone: string, rank: number): Promise<void> {
    if (await sql("agents").where({ phone }).update({ rank }) === 0) throw noSuchPhone(phone);
  },
  async place(phone: string, place: string | undefined): Promise<void> {
    const moved = await sql("agents").where({ phone }).update({ place: place ?? null });
    if (moved === 0) throw noSuchPhone(phone);
  },
  list: () => rowsOf<AgentRow>(sql, `
    select a.name, a.phone, a.language, a.enabled, a.rank, a.place, s.state, s.since,
      coalesce(array_agg(c.name order by c.name) filter (where c.name is not null), '{}')
        as campaigns
    from agents a
    left join agent_states s on s.agent_id = a.id
    left join agent_campaigns ac on ac.agent_id = a.id
    left join campaigns c on c.id = ac.campaign_id
    group by a.id, s.agent_id
    order by a.phone`),
  /** What the switch checks phones with; disabled agents' phones are not in it. */
  phones: () => rowsOf<{ phone: PhoneName; ha1: string }>(sql, `
    select phone, sip_ha1 as ha1 from agents where enabled order by phone`),
});
