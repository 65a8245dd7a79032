/** Owns the list of the local stack's parts, in the order in which they start. */
import { loadConfig, type Config } from "../config.ts";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { administer } from "../store/postgres/administration.ts";
import { migrate } from "../store/postgres/migrations.ts";
import { asteriskAnswers } from "./ask-switch.ts";
import { asteriskDaemon, startAsterisk, stopAsterisk } from "./asterisk.ts";
import { controllerDaemon, controllerServes, startController, stopController } from "./controller.ts";
import { waitUntil } from "./patience.ts";
import { postgresAnswers, postgresDaemon, startPostgres, stopPostgres } from "./postgres.ts";
import { accountsIn } from "./switch-accounts.ts";
import { redisAnswers, redisDaemon, startRedis, stopRedis } from "./redis.ts";
import type { Service } from "./service.ts";

const hostOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : new URL(url).host;

const postgres = (varDir: string): Service => ({
  daemon: postgresDaemon(varDir),
  label: text("Postgres", "Postgres"),
  variable: "DATABASE_URL",
  isExternal: (environment) => environment.databaseUrl !== undefined,
  place: (config) => hostOf(config.databaseUrl),
  answers: async ({ databaseUrl }) =>
    databaseUrl !== undefined && await postgresAnswers(databaseUrl),
  start: async ({ secrets, signal }) =>
    ({ databaseUrl: await startPostgres(varDir, secrets.postgres, signal) }),
  settle: async ({ databaseUrl }) => {
    if (databaseUrl !== undefined) await migrate(databaseUrl);
  },
  stop: () => stopPostgres(varDir),
  entries: ["databaseUrl"],
});

const redis = (varDir: string): Service => ({
  daemon: redisDaemon(varDir),
  label: text("Redis", "Redis"),
  variable: "REDIS_URL",
  isExternal: (environment) => environment.redisUrl !== undefined,
  place: (config) => hostOf(config.redisUrl),
  answers: async ({ redisUrl }) => redisUrl !== undefined && await redisAnswers(redisUrl),
  start: async ({ secrets, signal }) =>
    ({ redisUrl: await startRedis(varDir, secrets.redis, signal) }),
  stop: () => stopRedis(varDir),
  entries: ["redisUrl"],
});

const asterisk = (environment: Config): Service => ({
  daemon: asteriskDaemon(environment.varDir),
  label: text("Asterisk", "Asterisk"),
  variable: "ASTERISK_URL",
  isExternal: ({ switches }) => switches.length > 0,
  place: ({ switches }) => switches.map(({ ariUrl }) => hostOf(ariUrl)).join(", ") || undefined,
  answers: async ({ switches }) => {
    const all = await Promise.all(switches.map(asteriskAnswers));
    return all.length > 0 && all.every(Boolean);
  },
  start: (start) => startAsterisk(start, {
    name: "asterisk-1", recordings: environment.recordingsDir, ariApp: environment.ariApp,
    // Read when it starts: the database may have been begun a moment ago.
    accounts: () => accountsIn(loadConfig().databaseUrl),
  }),
  stop: () => stopAsterisk(environment.varDir),
  entries: ["asteriskUrl", "asteriskAmiUrl"],
});

const controller = ({ varDir }: Config): Service => ({
  daemon: controllerDaemon(varDir),
  label: text("controller", "控制器"),
  variable: undefined,
  isExternal: () => false,
  place: () => undefined,
  answers: () => Promise.resolve(controllerServes(varDir)),
  start: ({ signal }) => startController(varDir, signal),
  // It serves before its first look at the switches; who asks for the state wants to see that.
  settle: async ({ databaseUrl }) => {
    if (databaseUrl === undefined) return;
    await administer(databaseUrl, ({ switches }) => waitUntil(
      async () => (await switches.list()).every(({ usable }) => usable) || undefined,
      { deadlineMs: limits.firstLookMs })).catch(() => undefined);
  },
  stop: () => stopController(varDir),
  entries: [],
});

/** `environment` is the configuration without the stack file, which the parts are to write. */
export const servicesOf = (environment: Config): readonly Service[] => {
  const { varDir } = environment;
  return [postgres(varDir), redis(varDir), asterisk(environment), controller(environment)];
};
