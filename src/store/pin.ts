/**
 * Owns the making and checking of agents' secrets. Of a PIN only a salted scrypt hash is stored; of
 * a SIP password only the digest that the switch needs (`sipDigest`).
 */
import { randomBytes, randomInt, scrypt, timingSafeEqual } from "node:crypto";
import { limits } from "../limits.ts";

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

/** Six digits; three tries before the lock make a guess one in 333,333. */
export const newPin = (): string => String(randomInt(1_000_000)).padStart(6, "0");

/** 128 random bits in characters that every phone's web page and every shell takes as they are. */
export const newSipPassword = (): string => randomBytes(16).toString("hex");
