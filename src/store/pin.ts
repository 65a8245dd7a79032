/**
 * Owns what is stored of an agent's secrets: never the PIN nor the SIP password, only a salted
 * scrypt hash of the one and the digest SIP needs of the other.
 */
import { createHash, randomBytes, randomInt, scrypt, timingSafeEqual } from "node:crypto";
import type { PhoneName } from "../ids.ts";
import { limits } from "../limits.ts";

/** The realm of every phone's SIP account; HA1 digests are only good within it. */
export const sipRealm = "ringwright";

/** RFC 7914's interactive setting: about 40 ms and 16 MB for each try. */
const COST = { N: 16_384, r: 8, p: 1 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** What a PIN may be: 4 to `limits.pinDigits` digits. */
export const isPin = (pin: string): boolean =>
  /^[0-9]{4,}$/.test(pin) && pin.length <= limits.pinDigits;

const derive = (pin: string, salt: Buffer, cost: { N: number; r: number; p: number }) =>
  new Promise<Buffer>((resolve, reject) => {
    scrypt(pin, salt, HASH_BYTES, cost, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });

/** `scrypt$N$r$p$salt$hash`, so that a later, dearer setting can stand beside older hashes. */
export async function hashPin(pin: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(pin, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("hex"), key.toString("hex")].join("$");
}

/** Compares in constant time; a hash that is not of our making matches nothing. */
export async function pinMatches(pin: string, hash: string): Promise<boolean> {
  const [kind, N, r, p, salt, expected] = hash.split("$");
  if (kind !== "scrypt" || salt === undefined || expected === undefined) return false;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const key = await derive(pin, Buffer.from(salt, "hex"), cost);
  const wanted = Buffer.from(expected, "hex");
  return wanted.length === key.length && timingSafeEqual(key, wanted);
}

/** HA1 of RFC 2617: what Asterisk's `md5_cred` takes instead of the password. */
export const sipHa1 = (phone: PhoneName, password: string): string =>
  createHash("md5").update(`${phone}:${sipRealm}:${password}`).digest("hex");

/** Six digits; three tries before the lock make a guess one in 333,333. */
export const newPin = (): string => String(randomInt(1_000_000)).padStart(6, "0");

/** 132 random bits in letters that any phone's web page takes. */
export const newSipPassword = (): string => randomBytes(17).toString("base64url").slice(0, 22);
