/**
 * Owns the measurement of leasing: the next 500 leads of a campaign of ten million with all rules
 * (promised calls, pauses that are over, fresh ones; numbers that are dead; a third of the people
 * with two numbers), beside the same from a hundred thousand in the same run. Reach: p99 at most
 * 1.5 times that, and 25 ms. `LEADS` as an argument makes it smaller. On a busy machine the clock
 * counts the waiting for a processor too: what Postgres took of one is given beside it.
 */
import { readFileSync } from "node:fs";
import pg from "pg";
import { instant, plus } from "../src/clock.ts";
import type { CampaignId, Epoch } from "../src/ids.ts";
import { openDatabase } from "../src/store/postgres/database.ts";
import { hopper } from "../src/store/postgres/hopper.ts";
import { createTestDatabase } from "../src/store/postgres/test-database.ts";

const leads = Number(process.argv[2] ?? 10_000_000);
const few = 100_000;
const rounds = 100;
const count = 500;
const now = instant(Date.now());

const fill = `
  with list as (insert into dial_lists (name) values ('bench ' || $1::text) returning id),
  campaign as (insert into campaigns (name, settings, state)
    values ('bench ' || $1::text, '{}', 'running') returning id),
  people as (
    insert into leads (list_id, phone) select list.id, '+861' || (3000000000 + n * 699)
    from list, generate_series(1, $1::bigint) n returning id
  )
  insert into campaign_leads (campaign_id, lead_id, rank, state, not_before, last_outcome, promised_at)
  select campaign.id, people.id, people.id,
    case when people.id % 50 = 0 then 'retry' else 'due' end,
    case when people.id % 50 = 0 then now() - interval '1 minute' * (people.id % 1000) end,
    case when people.id % 50 = 0 then 'no-answer' end,
    case when people.id % 10000 = 0 then now() - interval '1 minute' end
  from campaign, people`;

const more = `
  insert into lead_numbers (lead_id, position, phone)
  select lead_id, 2, '+862' || (1000000000 + lead_id) from campaign_leads
  where campaign_id = $1 and lead_id % 3 = 0`;

interface Measured {
  readonly clock: readonly number[];
  /** Of the session that leases, on this machine. */
  readonly processor: readonly number[];
}

/** The session that asked last; there is one that leases. */
async function leasingSession(): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(`
    select pid from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
    order by query_start desc limit 1`);
  return rows[0]?.pid ?? 0;
}

/** Milliseconds on a processor so far: the first figure of schedstat, in nanoseconds. */
const processorMs = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;

async function measure(url: string, campaign: CampaignId, epoch: Epoch): Promise<Measured> {
  // As a controller asks.
  const sql = openDatabase(url, { lookups: true });
  const clock: number[] = [];
  const processor: number[] = [];
  const lease = () => hopper(sql).leaseLeads(
    { campaign, epoch, count, now: plus(now, 60_000), leaseMs: 3_600_000 });
  try {
    let session = 0;
    for (let round = 0; round < rounds; round++) {
      const before = session === 0 ? 0 : processorMs(session);
      const began = process.hrtime.bigint();
      const got = await lease();
      clock.push(Number(process.hrtime.bigint() - began) / 1e6);
      if (session === 0) session = await leasingSession();
      // What the first took is that of its session from its beginning.
      processor.push(processorMs(session) - before);
      if (got.length < count * 0.9) throw new Error(`only ${got.length} leads`);
    }
  } finally {
    await sql.close();
  }
  return { clock: clock.sort((a, b) => a - b), processor: processor.sort((a, b) => a - b) };
}

const at = (times: readonly number[], share: number): number =>
  Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 10) / 10;

const database = await createTestDatabase();
const client = new pg.Client(database.url);
try {
  await client.connect();
  await client.query("set session_replication_role = replica");
  const campaigns: CampaignId[] = [];
  for (const size of [few, leads]) {
    await client.query(fill, [size]);
    const { rows } = await client.query<{ id: CampaignId }>("select max(id) as id from campaigns");
    campaigns.push(rows[0]?.id as CampaignId);
    await client.query(more, [rows[0]?.id]);
  }
  await client.query(`insert into number_quality (phone, quality, since)
    select phone, 'dead', now() from leads where id % 200 = 7 on conflict do nothing`);
  await client.query("insert into seats (pbx, controller, epoch) values ('bench', 'bench', 1000001)");
  await client.query("vacuum analyze");
  const results = [];
  for (const campaign of campaigns) {
    results.push(await measure(database.url, campaign, 1_000_001 as Epoch));
  }
  const [small, large] = results as [Measured, Measured];
  const quantiles = (times: readonly number[]) =>
    ({ p50: at(times, 0.5), p95: at(times, 0.95), p99: at(times, 0.99) });
  const figures = ({ clock, processor }: Measured) =>
    ({ ...quantiles(clock), processor: quantiles(processor) });
  const times = at(large.clock, 0.99) / at(small.clock, 0.99);
  console.log(JSON.stringify({
    bench: "lease", count, rounds, [few]: figures(small), [leads]: figures(large),
    times: Math.round(times * 100) / 100, reach: { times: 1.5, p99: 25 },
    reached: times <= 1.5 && at(large.clock, 0.99) <= 25,
  }, null, 2));
} finally {
  await client.end();
  await database.drop();
}
