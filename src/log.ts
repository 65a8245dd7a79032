/**
 * Owns the log: one line per fact, `key=value`, keyed by attempt or agent, on standard error.
 * Phone numbers are masked unless the configuration says otherwise; secrets are never passed here.
 */
import winston from "winston";
import type { Config } from "./config.ts";

export type LogLevel = "error" | "warn" | "info" | "debug";
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  line(level: LogLevel, event: string, fields: LogFields): void;
}

/** Fields that hold a phone number. */
const numberFields: ReadonlySet<string> = new Set(["number", "callerId"]);

/** All but the last two digits: enough to tell two lines apart, too little to call anybody. */
export const maskNumber = (number: string): string =>
  number.length <= 2 ? "**" : "*".repeat(number.length - 2) + number.slice(-2);

/** One value as it stands on the line: no space, quote or line break escapes its own field. */
function shown(value: unknown): string {
  const plain = typeof value === "string" ? value : JSON.stringify(value) ?? "undefined";
  return /^[\w.:/+*@-]+$/.test(plain) ? plain : JSON.stringify(plain);
}

/** The text of one line, without its time. */
export function lineOf(
  level: LogLevel, event: string, fields: LogFields, numbers: Config["logNumbers"],
): string {
  let line = `${level} ${event}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const masked = numberFields.has(key) && numbers === "masked" && typeof value === "string"
      ? maskNumber(value) : value;
    line += ` ${key}=${shown(masked)}`;
  }
  return line;
}

export const silentLog: Log = { line: () => undefined };

export function createLog(config: Pick<Config, "logLevel" | "logNumbers">): Log {
  const logger = winston.createLogger({
    level: config.logLevel,
    format: winston.format.combine(
      winston.format.timestamp(),
      winston.format.printf((info) => `${String(info["timestamp"])} ${String(info.message)}`),
    ),
    transports: [
      new winston.transports.Console({ stderrLevels: ["error", "warn", "info", "debug"] }),
    ],
  });
  return {
    line(level, event, fields) {
      if (!logger.isLevelEnabled(level)) return;
      logger.log(level, lineOf(level, event, fields, config.logNumbers));
    },
  };
}
