/**
 * Owns the measurement of a list import against its yardstick in the same run: a bare COPY of the
 * same file into a bare table. Rows are cleaned, matched against a do-not-call list and
 * deduplicated. Reach: 1,000,000 rows with 10,000,000 on do-not-call in at most four times the
 * bare COPY, in 300 MB. `ROWS` and `LISTED` as arguments make it smaller. On a busy machine the
 * seconds of processor time say more than those of the clock: both are given.
 */
import { createReadStream, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { inspectListFile } from "../src/engine/list-file.ts";
import { importList } from "../src/engine/list-import.ts";
import { openImportStore, type ImportStore } from "../src/store/postgres/import.ts";
import { ownProcessorMs } from "../src/testing/processor-time.ts";
import { createTestDatabase } from "../src/store/postgres/test-database.ts";

const rows = Number(process.argv[2] ?? 1_000_000);
const listed = Number(process.argv[3] ?? 10_000_000);
const folder = await mkdtemp(join(tmpdir(), "ringwright-bench-"));
const path = join(folder, "list.csv");
const database = await createTestDatabase();
const client = new pg.Client(database.url);

/** Every hundredth number comes twice; numbers of Chinese mobiles spread over the whole range. */
const numberOf = (i: number): string => `1${3_000_000_000 + (i - (i % 100 === 99 ? 1 : 0)) * 6_997}`;

function* listLines(): Generator<string> {
  yield "phone,name,city\n";
  for (let i = 0; i < rows; i += 1_000) {
    let piece = "";
    for (let j = i; j < Math.min(rows, i + 1_000); j++) {
      piece += `${numberOf(j)},Person ${j},City ${j % 300}\n`;
    }
    yield piece;
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / 1e9;
}

/** Processor seconds of this process; and of the sessions of our database, on this machine. */
const ownSeconds = (): number => ownProcessorMs() / 1_000;

async function sessionSeconds(): Promise<number> {
  const { rows: sessions } = await client.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database()");
  return sessions.reduce((sum, { pid }) => {
    // Fields 14 and 15 of proc(5), in hundredths of a second; the second may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

/** Seconds spent waiting for each part of the store; staging overlaps with reading. */
const phases: Record<string, number> = {};

async function phase<T>(name: string, work: Promise<T>): Promise<T> {
  const began = process.hrtime.bigint();
  const result = await work;
  phases[name] = (phases[name] ?? 0) + Number(process.hrtime.bigint() - began) / 1e9;
  return result;
}

const timedStore = (store: ImportStore): ImportStore => ({
  ...store,
  doNotCall: () => phase("doNotCallFilter", store.doNotCall()),
  unwanted: (numbers) => phase("unwanted", store.unwanted(numbers)),
  store: (progress, rows, revalued) => phase("store", store.store(progress, rows, revalued)),
  finish: (progress) => phase("finish", store.finish(progress)),
});

try {
  await client.connect();
  await writeFile(path, Readable.from(listLines()));
  // Ten million looks at a foreign key are no part of what is measured.
  await client.query("set session_replication_role = replica");
  await client.query(`insert into do_not_call (phone, registry_id)
    select '+861' || (3000000000 + n * 699), 1 from generate_series(1, $1::bigint) n`, [listed]);
  await client.query("reset session_replication_role");
  await client.query("vacuum analyze do_not_call");
  await client.query("create table bare (phone text, name text, city text)");
  const beforeBare = await sessionSeconds();
  const bare = await timed(() => pipeline(createReadStream(path),
    client.query(copyFrom("copy bare from stdin with (format csv, header)"))));
  const bareProcessor = await sessionSeconds() - beforeBare;
  const store = await openImportStore(database.url);
  // Built once for each copy of a registry, by the first import after it was loaded.
  const filterSeconds = await timed(() => store.doNotCall());
  let peak = 0;
  let steps = 0;
  let summary: unknown;
  const before = { own: ownSeconds(), sessions: await sessionSeconds() };
  const ours = await timed(async () => {
    const file = await inspectListFile(path,
      { region: "CN", order: [], encoding: undefined, delimiter: undefined });
    summary = await importList({
      file, list: "bench", rejectFile: `${path}.rejected.csv`, language: "en",
      signal: new AbortController().signal,
      // Asking takes 0.2 ms: of each file piece, that would be a part of what is measured.
      onStep: () => {
        if (steps++ % 16 === 0) peak = Math.max(peak, process.memoryUsage.rss());
      },
    }, timedStore(store));
  });
  const processor = {
    bareCopy: bareProcessor, import: ownSeconds() - before.own,
    importInPostgres: await sessionSeconds() - before.sessions,
  };
  await store.close();
  console.log(JSON.stringify({
    bench: "leads-import", rows, listed, bareCopySeconds: bare, filterBuiltInSeconds: filterSeconds, importSeconds: ours,
    times: ours / bare, processorSeconds: processor, phases, reach: 4, reached: ours / bare <= 4,
    peakMegabytes: Math.round(peak / 2 ** 20), summary,
  }, null, 2));
} finally {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true });
}
