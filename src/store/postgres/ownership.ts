/**
 * Owns who commands which switch: the seats, their leases and their epochs, and how controllers
 * share them. Leases are measured by the database's clock, so that controllers on machines with
 * different clocks agree.
 */
import { Fenced } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { CampaignId, Epoch } from "../../ids.ts";
import type { CampaignSettings } from "../../campaign/settings.ts";
import type { CampaignState, Seat, Store } from "../store.ts";
import type { Database, Row, Statement } from "./database.ts";
import { freeLeases } from "./hopper.ts";

/**
 * The part of a statement that holds on to the seats of some epochs: who would take one over waits
 * until this is committed. `$1` is the array of epochs, each once; `held` has those that are still
 * held.
 */
export const heldSeats = `
    held as materialized (
      select epoch, pbx from seats where epoch = any ($1::bigint[]) order by pbx for share
    )`;

/** What is written is written only when all of them are held. */
export const allHeld = "(select count(*) from held) = cardinality($1::bigint[])";

/** One of the epochs that is not held any more; null when all are. */
export const lostEpoch = `
    (select min(epoch) from unnest($1::bigint[]) as claimed (epoch)
      where epoch not in (select epoch from held))`;

const present: Statement = {
  name: "controller-present",
  text: `
    with gone as (
      delete from controllers where seen_until < now() - interval '1 hour'
    ), known as (
      insert into seats (pbx)
      select pbx from unnest($3::text[]) as w (pbx)
      where not exists (select from seats s where s.pbx = w.pbx)
      on conflict do nothing
    )
    insert into controllers (id, seen_until) values ($1, now() + $2 * interval '1 millisecond')
    on conflict (id) do update set seen_until = excluded.seen_until`,
};

/**
 * Ours are renewed, also late ones that nobody took. Free ones are taken up to a fair share; two
 * controllers that take at once take different ones, since locked rows are passed over.
 */
const take: Statement = {
  name: "take-seats",
  text: `
    with share as materialized (
      select ceil(cardinality($3::text[])::numeric / greatest(1, count(*)))::integer as seats
      from controllers where seen_until > now()
    ), renewed as (
      update seats set leased_until = now() + $2 * interval '1 millisecond',
        usable = coalesce(pbx = any ($4::text[]), false)
      where controller = $1 and pbx = any ($3)
      returning pbx
    ), free as materialized (
      select pbx from seats
      where pbx = any ($3) and controller is distinct from $1
        and (controller is null or leased_until < now())
      order by pbx
      limit greatest(0, (select seats from share) - (select count(*) from renewed))
      for no key update skip locked
    ), taken as (
      update seats s set controller = $1, epoch_before = s.epoch, epoch = nextval('epochs'),
        leased_until = now() + $2 * interval '1 millisecond', usable = false
      from free where s.pbx = free.pbx
      returning s.epoch_before
    )
    select seats as share, array(select epoch_before from taken) as over from share`,
};

const ours: Statement = {
  name: "our-seats",
  text: `
    select pbx, epoch, epoch_before from seats
    where controller = $1 and leased_until > now() and pbx = any ($2)
    order by pbx`,
};

const release: Statement = {
  name: "release-seats",
  text: `
    with left_over as (
      delete from controllers where id = $1 and $2::text[] is null
    )
    update seats set controller = null, leased_until = null, usable = false
    where controller = $1 and ($2 is null or pbx = any ($2))`,
};

const work: Statement = {
  name: "campaigns-at-work",
  text: `
    select id, settings, state from campaigns
    where state in ('running', 'stopping') or (state = 'paused' and exists (
      select from attempts a where a.campaign_id = campaigns.id and a.outcome is null))
    order by id`,
};

const lockCampaign: Statement = {
  name: "lock-campaign-to-finish",
  text: `
    with ${heldSeats}
    select held.epoch from held left join lateral (
      select id from campaigns where id = $2 for no key update) c on true`,
};

/**
 * `stopping` waits for the calls in flight alone, on whatever switch; `running` for every lead as
 * well. A statement of its own, after the lock: it must see what was placed until then.
 */
const finish: Statement = {
  name: "finish-campaign",
  text: `
    update campaigns set state = 'finished', finished_at = now()
    where id = $1 and state in ('running', 'stopping')
      and not exists (select from attempts where campaign_id = $1 and outcome is null)
      and (state = 'stopping' or not exists (
        select from campaign_leads where campaign_id = $1 and state <> 'finished'))`,
};

/** Of leads that agents look at before they are dialed, with a minute for all that comes after. */
const leadLeaseLongestMs = limits.leadLeaseMs + limits.previewLongestMs + 60_000;

interface SeatRow extends Row {
  readonly pbx: string;
  readonly epoch: Epoch;
  readonly epoch_before: Epoch;
}

interface WorkRow extends Row {
  readonly id: CampaignId;
  readonly settings: CampaignSettings;
  readonly state: CampaignState;
}

const seatOf = (row: SeatRow): Seat =>
  ({ pbx: row.pbx, epoch: row.epoch, before: row.epoch_before });

/** For a statement that found no seat held under this epoch. */
export const fenced = (epoch: Epoch): Fenced =>
  new Fenced(`epoch ${epoch} is over: another controller has taken the switch`);

type Part = Pick<Store, "takeSeats" | "releaseSeats" | "campaigns" | "finishCampaign">;

export const ownership = (database: Database): Part => ({
  async takeSeats({ controller, switches, usable, leaseMs }) {
    await database.query(present, [controller, leaseMs, switches]);
    const [answer] = await database.query<{ share: number; over: readonly Epoch[] }>(
      take, [controller, leaseMs, switches, usable]);
    const { over = [] } = answer ?? {};
    if (over.length > 0) await database.query(freeLeases, [over, leadLeaseLongestMs]);
    const held = await database.query<SeatRow>(ours, [controller, switches]);
    return { held: held.map(seatOf), share: answer?.share ?? 0 };
  },
  async releaseSeats(controller, switches) {
    await database.query(release, [controller, switches ?? null]);
  },
  campaigns: () => database.query<WorkRow>(work),
  finishCampaign: (campaign, epoch) => database.transaction(async (sql) => {
    if ((await sql.query(lockCampaign, [[epoch], campaign])).length === 0) throw fenced(epoch);
    await sql.query(finish, [campaign]);
  }),
});
