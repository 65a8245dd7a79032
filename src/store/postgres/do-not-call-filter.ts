/**
 * Owns the filter over all numbers that must not be called: built from the table when there is
 * none, kept in the database, and completed with the numbers that were added since. A registry of
 * ten million numbers is 15 MB of it; reading it takes 50 ms, building it some seconds.
 */
import type pg from "pg";
import type { DialNumber } from "../../ids.ts";
import { NumberFilter } from "../../leads/number-filter.ts";
import { keyOf } from "../../leads/number-key.ts";
import { limits } from "../../limits.ts";
import { inTransaction } from "./transaction.ts";

/** Any constant of our own: one builds the filter, or replaces a registry, at a time. */
export const FILTER_LOCK = 7_464_913;

const PART_BYTES = 1 << 20;
const CURSOR_BATCH = 20_000;

/** Hands every phone of a query over, in batches of a cursor; a transaction must be open. */
async function eachPhone(
  client: pg.Client, query: string, take: (number: DialNumber) => void,
): Promise<void> {
  await client.query(`declare listed no scroll cursor for ${query}`);
  for (;;) {
    const { rows } = await client.query<[DialNumber]>(
      { text: `fetch ${CURSOR_BATCH} from listed`, rowMode: "array" });
    if (rows.length === 0) break;
    for (const [number] of rows) take(number);
  }
  await client.query("close listed");
}

async function storedFilter(client: pg.Client): Promise<NumberFilter | undefined> {
  const parts: Buffer[] = [];
  for (;;) {
    const { rows } = await client.query<{ bits: Buffer }>(
      "select bits from do_not_call_filter where part = $1", [parts.length]);
    const bits = rows[0]?.bits;
    if (bits === undefined) break;
    parts.push(bits);
  }
  return parts.length === 0 ? undefined : NumberFilter.fromBytes(Buffer.concat(parts));
}

async function countUpTo(client: pg.Client, table: string, most: number): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) as count from (select from ${table} limit $1) few`, [most]);
  return Number(rows[0]?.count);
}

async function build(client: pg.Client): Promise<NumberFilter> {
  const few = await countUpTo(client, "do_not_call", limits.doNotCallFew);
  const { rows } = few < limits.doNotCallFew ? { rows: [{ count: few }] }
    : await client.query<{ count: number }>("select count(*) as count from do_not_call");
  const filter = NumberFilter.forNumbers(Number(rows[0]?.count));
  await eachPhone(client, "select phone from do_not_call",
    (number) => { filter.add(keyOf(number)); });
  if (few < limits.doNotCallFew) return filter;
  await client.query("delete from do_not_call_filter");
  for (let part = 0; part * PART_BYTES < filter.bytes.length; part++) {
    await client.query("insert into do_not_call_filter (part, bits) values ($1, $2)",
      [part, Buffer.from(filter.bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES))]);
  }
  // Only those that this snapshot sees: news of a transaction that is not over yet stay.
  await client.query("delete from do_not_call_news");
  return filter;
}

async function readFilter(client: pg.Client): Promise<NumberFilter | undefined> {
  const news = await countUpTo(client, "do_not_call_news", limits.doNotCallNews);
  if (news >= limits.doNotCallNews) return undefined;
  const filter = await storedFilter(client);
  if (filter === undefined) return undefined;
  await eachPhone(client, "select phone from do_not_call_news",
    (number) => { filter.add(keyOf(number)); });
  return filter;
}

/** Filter and news are read, or both changed, in one snapshot: no number falls between them. */
const inSnapshot = <T>(client: pg.Client, work: () => Promise<T>): Promise<T> =>
  inTransaction(client, work, { isolation: "repeatable read" });

/** The filter over every number of every list, as of now. */
export async function doNotCallFilter(client: pg.Client): Promise<NumberFilter> {
  const stored = await inSnapshot(client, () => readFilter(client));
  if (stored !== undefined) return stored;
  await client.query("select pg_advisory_lock($1)", [FILTER_LOCK]);
  try {
    // Another one may have built it while we waited.
    return await inSnapshot(client, async () => await readFilter(client) ?? build(client));
  } finally {
    await client.query("select pg_advisory_unlock($1)", [FILTER_LOCK]);
  }
}
