/**
 * Owns who runs a campaign: its lease and its epoch. Leases are measured by the database's clock,
 * so that controllers on machines with different clocks agree.
 */
import type { Instant } from "../../clock.ts";
import { Fenced } from "../../errors.ts";
import type { CampaignId, Epoch } from "../../ids.ts";
import type { CampaignSettings } from "../../campaign/settings.ts";
import type { CampaignState, OwnedCampaign, Store } from "../store.ts";
import type { Row, Sql, Statement } from "./database.ts";

/**
 * A paused campaign is renewed too: its calls in flight are still being recorded. One that nobody
 * holds is taken only when it has such calls, left by a controller that died.
 */
const claim: Statement = {
  name: "claim-campaigns",
  text: `
    update campaigns c
    set owner = $1,
      epoch = c.epoch + case when c.owner = $1 then 0 else 1 end,
      leased_until = now() + $2 * interval '1 millisecond'
    where c.id in (
      select id from campaigns
      where (owner = $1 and state not in ('draft', 'finished'))
        or ((owner is null or leased_until < now())
          and (state in ('running', 'stopping') or (state = 'paused' and exists (
            select from attempts a where a.campaign_id = campaigns.id and a.outcome is null))))
      order by id
      for no key update skip locked
    )
    returning c.id, c.settings, c.state, c.epoch, c.leased_until`,
};

/** A row that another transaction holds at this moment was not renewed above, but is still ours. */
const held: Statement = {
  name: "held-campaigns",
  text: `
    select id, settings, state, epoch, leased_until from campaigns
    where owner = $1 and leased_until > now() and state not in ('draft', 'finished')
    order by id`,
};

const release: Statement = {
  name: "release-campaigns",
  text: `
    with seat as (delete from seats where holder = $1)
    update campaigns set owner = null, leased_until = null where owner = $1`,
};

const seat: Statement = {
  name: "take-seat",
  text: `
    insert into seats as s (name, holder, leased_until)
    values ('floor', $1, now() + $2 * interval '1 millisecond')
    on conflict (name) do update
      set holder = excluded.holder, leased_until = excluded.leased_until
      where s.holder = excluded.holder or s.leased_until < now()
    returning holder`,
};

/**
 * `stopping` waits for the calls in flight alone, `running` for every lead as well. The epoch is
 * answered apart from the finishing, so that "not yet" and "not yours" can be told apart.
 */
const finish: Statement = {
  name: "finish-campaign",
  text: `
    with mine as (
      select id, state from campaigns where id = $1 and epoch = $2 for no key update
    ), done as (
      update campaigns c set state = 'finished', finished_at = now(),
        owner = null, leased_until = null
      from mine
      where c.id = mine.id and mine.state in ('running', 'stopping')
        and not exists (select from attempts where campaign_id = $1 and outcome is null)
        and (mine.state = 'stopping' or not exists (
          select from campaign_leads where campaign_id = $1 and state <> 'finished'))
    )
    select id from mine`,
};

interface CampaignRow extends Row {
  readonly id: CampaignId;
  readonly settings: CampaignSettings;
  readonly state: CampaignState;
  readonly epoch: Epoch;
  readonly leased_until: Instant;
}

const ownedCampaign = (row: CampaignRow): OwnedCampaign => ({
  id: row.id, settings: row.settings, state: row.state, epoch: row.epoch,
  leasedUntil: row.leased_until,
});

/** For a statement that found no row of this campaign with this epoch. */
export const fenced = (campaign: CampaignId, epoch: Epoch): Fenced =>
  new Fenced(`epoch ${epoch} of campaign ${campaign} is over: another controller has taken it`);

type Part = Pick<Store, "claimCampaigns" | "releaseCampaigns" | "finishCampaign" | "takeSeat">;

export const ownership = (sql: Sql): Part => ({
  async claimCampaigns(controller, leaseMs) {
    await sql.query(claim, [controller, leaseMs]);
    return (await sql.query<CampaignRow>(held, [controller])).map(ownedCampaign);
  },
  async takeSeat(controller, leaseMs) {
    return (await sql.query(seat, [controller, leaseMs])).length > 0;
  },
  async releaseCampaigns(controller) {
    await sql.query(release, [controller]);
  },
  async finishCampaign(campaign, epoch) {
    const mine = await sql.query(finish, [campaign, epoch]);
    if (mine.length === 0) throw fenced(campaign, epoch);
  },
});
