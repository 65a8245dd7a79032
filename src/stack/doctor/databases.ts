/** Owns the checks of Postgres and Redis: version, password, migrations, clock. */
import { Redis } from "ioredis";
import pg from "pg";
import { systemClock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { text } from "../../language.ts";
import { limits } from "../../limits.ts";
import { migrationStatus } from "../../store/postgres/migrations.ts";
import { allBehindFirst, atLeast, bad, checkOf, good, plain, type Check, type Verdict } from "./check.ts";
import { isWellKnown, judgeSecret } from "./secrets.ts";

/** `skip locked`, generated identities and `jsonb` paths are older; 14 is the oldest we test. */
const oldestPostgres = "14";
/** Redis 6.2 is the oldest in a supported Debian or Ubuntu. */
const oldestRedis = "6.2";
/** Two machines kept by NTP differ by a few milliseconds; leases are renewed every 2.5 s. */
export const clockDriftMaxMs = 500;

const startOrMend = (variable: string) => text(
  `run \`ringwright up\`, or mend ${variable}`, `请运行 \`ringwright up\`，或更正 ${variable}`);

export const judgeVersion = (oldest: string) => (version: string): Verdict =>
  atLeast(version, oldest) ? good(plain(version)) : bad(
    text(`${version}, older than ${oldest}`, `${version}，低于 ${oldest}`),
    text(`use ${oldest} or newer`, `请使用 ${oldest} 或更新版本`));

export function judgeMigrations(files: readonly { file: string; applied: boolean }[]): Verdict {
  const missing = files.filter(({ applied }) => !applied).map(({ file }) => file);
  return missing.length === 0
    ? good(text(`all ${files.length} applied`, `${files.length} 个均已应用`))
    : bad(text(`not applied: ${missing.join(", ")}`, `未应用：${missing.join("、")}`),
      text("run `ringwright up`, which applies them", "请运行 `ringwright up` 以应用"));
}

/** Positive when the other clock is ahead of ours. */
export function judgeDrift(driftMs: number): Verdict {
  const drift = `${driftMs >= 0 ? "+" : ""}${Math.round(driftMs)} ms`;
  return Math.abs(driftMs) <= clockDriftMaxMs ? good(plain(drift)) : bad(
    text(`${drift} from ours`, `与本机相差 ${drift}`),
    text("keep both machines' clocks with NTP", "请用 NTP 校准两台机器的时钟"));
}

/** How far another clock is ahead, taken to have been read half-way through the question. */
export async function driftOf(readMs: () => Promise<number>): Promise<number> {
  const asked = systemClock.now();
  const theirs = await readMs();
  return theirs - (asked + systemClock.now()) / 2;
}

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row> {
  const client = new pg.Client({
    connectionString: url, connectionTimeoutMillis: limits.storeConnectMs,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const [row] = (await client.query<Row>(sql)).rows;
    if (row === undefined) throw new Error("no answer");
    return row;
  } finally {
    await client.end();
  }
}

async function redisVersion(url: string): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0,
    connectTimeout: limits.storeConnectMs,
  });
  // "Connection is closed", says the promise; why it was closed is told here.
  let why: Error | undefined;
  client.on("error", (error: Error) => { why = error; });
  try {
    await client.connect().catch((error: unknown) => { throw why ?? error; });
    return /redis_version:(\S+)/.exec(await client.info("server"))?.[1] ?? "unknown";
  } finally {
    client.disconnect();
  }
}

const absent = (name: string, variable: string): Check => checkOf({
  name, label: plain(name), look: () => Promise.resolve(undefined),
  judge: () => bad(text("none is configured", "尚未配置"), startOrMend(variable)),
  whenBlind: plain(""),
});

const passwordOf = (url: string): string => decodeURIComponent(new URL(url).password);

function postgresChecks(url: string): readonly Check[] {
  const whenBlind = startOrMend("DATABASE_URL");
  return [
    checkOf({
      name: "postgres", label: text("Postgres", "Postgres"), whenBlind,
      look: async () => (await ask<{ version: string }>(url,
        "select current_setting('server_version') as version")).version.split(" ")[0] ?? "",
      judge: judgeVersion(oldestPostgres),
    }),
    checkOf({
      name: "postgres-password", label: text("Postgres password", "Postgres 密码"), whenBlind,
      look: () => Promise.resolve(isWellKnown(passwordOf(url))),
      judge: judgeSecret("DATABASE_URL"),
    }),
    checkOf({
      name: "migrations", label: text("Postgres migrations", "Postgres 迁移"), whenBlind,
      look: async () => (await migrationStatus(url))
        .map(({ file, appliedAt }) => ({ file, applied: appliedAt !== undefined })),
      judge: judgeMigrations,
    }),
    checkOf({
      name: "postgres-clock", label: text("Postgres clock", "Postgres 时钟"), whenBlind,
      look: () => driftOf(async () => Number((await ask<{ ms: string }>(url,
        "select extract(epoch from clock_timestamp()) * 1000 as ms")).ms)),
      judge: judgeDrift,
    }),
  ];
}

function redisChecks(url: string): readonly Check[] {
  const whenBlind = startOrMend("REDIS_URL");
  return [
    checkOf({
      name: "redis", label: text("Redis", "Redis"), whenBlind,
      look: () => redisVersion(url), judge: judgeVersion(oldestRedis),
    }),
    checkOf({
      name: "redis-password", label: text("Redis password", "Redis 密码"), whenBlind,
      look: () => Promise.resolve(isWellKnown(passwordOf(url))), judge: judgeSecret("REDIS_URL"),
    }),
  ];
}

export const databaseChecks = ({ databaseUrl, redisUrl }: Config): readonly Check[] => [
  ...databaseUrl === undefined ? [absent("postgres", "DATABASE_URL")]
    : allBehindFirst(postgresChecks(databaseUrl)),
  ...redisUrl === undefined ? [absent("redis", "REDIS_URL")] : redisChecks(redisUrl),
];
