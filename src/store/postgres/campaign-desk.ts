/** Owns what commands do to campaigns: creating them, and moving them from state to state. */
import type { Knex } from "knex";
import type { Instant } from "../../clock.ts";
import { UserError } from "../../errors.ts";
import type { CampaignId } from "../../ids.ts";
import { text } from "../../language.ts";
import { differences, type Difference } from "../../campaign/settings-change.ts";
import type { CampaignSettings } from "../../campaign/settings.ts";
import { moveOf, type CampaignOrder } from "../../campaign/moves.ts";
import type { CampaignState } from "../store.ts";
import { noSuchCampaign } from "./agent-desk.ts";
import { isDuplicate, rowsOf } from "./knex.ts";

export interface CampaignRow {
  readonly id: CampaignId;
  readonly name: string;
  readonly state: CampaignState;
  readonly settings: CampaignSettings;
  /** The controller that runs it now; null when nobody does. */
  readonly controller: string | null;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly leads: number;
}

export interface Moved {
  readonly from: CampaignState;
  readonly to: CampaignState;
  /** False when it was in that state already. */
  readonly changed: boolean;
}

interface Named {
  readonly id: number;
  readonly name: string;
}

/** Ids of `names` in their order; throws for the first that is not there. */
async function idsOf(
  sql: Knex, table: "dial_lists" | "trunks", names: readonly string[],
  missing: (name: string) => UserError,
): Promise<readonly number[]> {
  const rows = await sql<Named>(table).select("id", "name").whereIn("name", names);
  return names.map((name) => {
    const found = rows.find((row) => row.name === name);
    if (!found) throw missing(name);
    return found.id;
  });
}

const noList = (name: string): UserError => new UserError(
  text(`there is no dial list ${JSON.stringify(name)}`, `没有名为 ${JSON.stringify(name)} 的名单`),
  text("import it first: `ringwright list import FILE --list NAME`",
    "请先导入：`ringwright list import 文件 --list 名称`"),
);

const noTrunk = (name: string): UserError => new UserError(
  text(`there is no trunk ${JSON.stringify(name)}`, `没有名为 ${JSON.stringify(name)} 的中继`),
  text("add it first: `ringwright trunk add NAME --host HOST`",
    "请先添加：`ringwright trunk add 名称 --host 主机`"),
);

async function create(sql: Knex, settings: CampaignSettings): Promise<void> {
  await sql.transaction(async (transaction) => {
    const lists = await idsOf(transaction, "dial_lists", settings.lists, noList);
    await idsOf(transaction, "trunks", settings.trunks, noTrunk);
    const [campaign] = await transaction("campaigns")
      .insert({ name: settings.name, settings: JSON.stringify(settings) })
      .returning<{ id: number }[]>("id");
    await transaction("campaign_lists").insert(lists.map((list, position) => ({
      campaign_id: campaign?.id, position, list_id: list,
      share: settings.mix?.[settings.lists[position] ?? ""] ?? null,
    })));
  }).catch((error: unknown) => {
    if (!isDuplicate(error)) throw error;
    throw new UserError(
      text(`there is a campaign ${JSON.stringify(settings.name)} already`,
        `活动 ${JSON.stringify(settings.name)} 已存在`),
      text("give this one another name in its file", "请在文件中另取名称"),
    );
  });
}

/**
 * One row of work per person. A lead whose number came in an earlier list is left out, and so is
 * one whose first number is a further number of an earlier lead, or the other way round: nobody is
 * dialed for each list he is on. The rank says who comes first, so that leasing is one look into
 * one index: with shares, the nth lead of a list stands at n / share, which mixes the lists evenly
 * all the way; by value, the worthiest stand in front, and what happens later moves them.
 */
const work = `
  with first as materialized (
    select distinct on (l.phone) l.id, l.phone, c.position, c.share,
      -- Ids follow time within an import; imports follow each other.
      coalesce(l.import_id, 0) as came,
      case when :order = 'value' and share is not null then coalesce((
        select lead_score(s, now(), cast(:bands as jsonb)) from lead_scores s
        where s.lead_id = l.id), 0.16)
      end as score
    from campaign_lists c join listed_leads l on l.list_id = c.list_id
    where c.campaign_id = :campaign
    order by l.phone, c.position, l.id
  ), again as (
    -- One's first number is a further number of the other: the same person, as at import.
    select case when (a.position, a.id) < (b.position, b.id) then b.id else a.id end as id
    from lead_numbers n join first a on a.id = n.lead_id join first b on b.phone = n.phone
    where a.id <> b.id
  )
  insert into campaign_leads (campaign_id, lead_id, rank)
  select :campaign, id, case
    when share is not null then 1000 * row_number() over (
      partition by position order by -score,
        case when :order = 'newest' then -came else came end,
        case when :order = 'newest' then -id else id end) / share
    when :order = 'value' then value_rank(id, now(), cast(:bands as jsonb))
    when :order = 'newest' then row_number() over (order by came desc, id desc)
    else row_number() over (order by position, came, id)
  end
  from first where id not in (select id from again)
  on conflict do nothing`;

interface LockedCampaign {
  readonly id: number;
  readonly state: CampaignState;
  readonly settings: CampaignSettings;
}

/** Nobody else changes it until the transaction ends. Throws UserError when there is none. */
async function locked(transaction: Knex, name: string): Promise<LockedCampaign> {
  const [campaign] = await rowsOf<LockedCampaign>(transaction, `
    select id, state, settings from campaigns where name = :name for update`, { name });
  if (!campaign) throw noSuchCampaign(name);
  return campaign;
}

/** The work of a campaign that has not begun, anew: its lists may have grown, its order changed. */
async function drawWork(
  transaction: Knex, { id, settings: { order = "list", valueBands } }: LockedCampaign,
): Promise<number> {
  await transaction("campaign_leads").where({ campaign_id: id }).delete();
  const { rowCount } = await transaction.raw<{ rowCount: number }>(
    work, { campaign: id, order, bands: valueBands ? JSON.stringify(valueBands) : null });
  return rowCount;
}

/** So that a draft's leads can be judged before it starts; leaves one that has begun as it is. */
async function draw(sql: Knex, name: string): Promise<void> {
  await sql.transaction(async (transaction) => {
    const campaign = await locked(transaction, name);
    if (campaign.state === "draft") await drawWork(transaction, campaign);
  });
}

async function move(sql: Knex, name: string, order: CampaignOrder): Promise<Moved> {
  return sql.transaction(async (transaction) => {
    const campaign = await locked(transaction, name);
    const { id, state: from } = campaign;
    const to = moveOf(name, from, order);
    if (to === from) return { from, to, changed: false };
    if (from === "draft" && await drawWork(transaction, campaign) === 0) throw noLeads(name);
    await transaction.raw(`
      update campaigns set state = :to, started_at = coalesce(started_at, now()) where id = :id`,
    { to, id });
    // What happened while it stood still, and what faded, counts from here on.
    if (from === "paused" && to === "running") await rankAnew(transaction, id);
    return { from, to, changed: true };
  });
}

/** A campaign that dials by value has its fresh leads put in order; others are left as they are. */
const rankAnew = (transaction: Knex, campaign: number): Promise<unknown> =>
  rowsOf(transaction, "select rank_by_value(:campaign)", { campaign });

/**
 * Changes a campaign's settings under a lock, and writes who did it into the audit log. Controllers
 * hear of it at once; calls under way keep the settings they were placed with.
 */
async function set(
  sql: Knex, name: string,
  { change, who, why }: {
    readonly change: (settings: CampaignSettings) => CampaignSettings;
    readonly who: string; readonly why: string;
  },
): Promise<readonly Difference[]> {
  return sql.transaction(async (transaction) => {
    const campaign = await locked(transaction, name);
    if (campaign.state === "finished") throw isFinished(name);
    const settings = change(campaign.settings);
    const found = differences(campaign.settings, settings);
    if (found.length === 0) return found;
    await idsOf(transaction, "trunks", settings.trunks, noTrunk);
    await transaction("campaigns").where({ id: campaign.id })
      .update({ settings: JSON.stringify(settings) });
    if (found.some(({ key }) => key === "valueBands" || key === "order")) {
      await rankAnew(transaction, campaign.id);
    }
    await transaction.raw("select audit(:who, 'campaign-set', :why, :data)",
      { who, why, data: JSON.stringify({ campaign: name, changes: found }) });
    return found;
  });
}

const isFinished = (name: string): UserError => new UserError(
  text(`campaign ${name} is finished: nothing dials by its settings any more`,
    `活动 ${name} 已结束，其设置不再生效`),
  text("create another campaign to dial the list again", "如需重新外呼该名单，请另建活动"),
);

const noLeads = (name: string): UserError => new UserError(
  text(`the lists of campaign ${name} have no leads`, `活动 ${name} 的名单中没有线索`),
  text("import some: `ringwright list import FILE --list NAME`",
    "请先导入：`ringwright list import 文件 --list 名称`"),
);

const rows = `
  select c.id, c.name, c.state, c.settings, c.created_at as "createdAt",
    c.started_at as "startedAt", c.finished_at as "finishedAt",
    case when c.state in ('running', 'paused', 'stopping') then (
      select string_agg(distinct s.controller, ', ') from seats s where s.leased_until > now()
    ) end as controller,
    (select count(*) from campaign_leads l where l.campaign_id = c.id) as leads
  from campaigns c`;

export const campaignDesk = (sql: Knex) => ({
  create: (settings: CampaignSettings) => create(sql, settings),
  move: (name: string, order: CampaignOrder) => move(sql, name, order),
  /** Lists the leads of a draft as a start would. Throws UserError when there is no `name`. */
  draw: (name: string) => draw(sql, name),
  set: (name: string, order: Parameters<typeof set>[2]) => set(sql, name, order),
  list: () => rowsOf<CampaignRow>(sql, `${rows} order by c.id`),
  /** Throws UserError when there is none of this name. */
  async get(name: string): Promise<CampaignRow> {
    const [found] = await rowsOf<CampaignRow>(sql, `${rows} where c.name = :name`, { name });
    if (!found) throw noSuchCampaign(name);
    return found;
  },
});

