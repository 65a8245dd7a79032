/**
 * Owns numbers as keys of large tables: an E.164 number has at most 15 digits, so that it is an
 * integer that a double holds exactly, in an eighth of the memory of its text.
 */
import type { DialNumber } from "../ids.ts";

export const keyOf = (number: DialNumber): number => Number(number);

/** The number of a key; all of ours have a country code. */
export const numberOf = (key: number): DialNumber => `+${key}` as DialNumber;

/** Two halves of the key, mixed so that neighbouring numbers have nothing in common. */
export function hashOf(key: number, seed: number): number {
  let hash = (key >>> 0) ^ Math.imul((key / 4_294_967_296) >>> 0, 0x85eb_ca6b) ^ seed;
  // The finaliser of MurmurHash3: every bit of the input changes half of the output.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
