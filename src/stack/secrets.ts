/**
 * Owns the passwords of the local stack: drawn once for each var folder, kept in a file that only
 * its owner can read, never printed.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Secrets {
  readonly postgres: string;
  readonly redis: string;
  readonly ari: string;
  readonly ami: string;
}

/** 144 bits as letters, digits, `-` and `_`: needs no quoting in a URL or in any configuration. */
const draw = (): string => randomBytes(18).toString("base64url");

export function secretsIn(varDir: string): Secrets {
  const path = join(varDir, "secrets.json");
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Secrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const secrets: Secrets = { postgres: draw(), redis: draw(), ari: draw(), ami: draw() };
  mkdirSync(varDir, { recursive: true });
  writeFileSync(path, JSON.stringify(secrets), { mode: 0o600, flag: "wx" });
  return secrets;
}
