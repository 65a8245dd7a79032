/** Owns the list of the local stack's parts, in the order in which they start. */
import type { Config } from "../config.ts";
import { text } from "../language.ts";
import { postgresAnswers, postgresDaemon, startPostgres, stopPostgres } from "./postgres.ts";
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

export const servicesOf = ({ varDir }: Pick<Config, "varDir">): readonly Service[] =>
  [postgres(varDir), redis(varDir)];
