/** Owns knowing again, at import, people who were erased: by the hash of a number alone. */
import { createHash } from "node:crypto";
import type pg from "pg";
import type { DialNumber } from "../../ids.ts";

export class ErasedNumbers {
  readonly #key: Buffer;
  readonly #hashes: ReadonlySet<string>;

  constructor(key: Buffer, hashes: ReadonlySet<string>) {
    this.#key = key;
    this.#hashes = hashes;
  }

  /** Nobody was erased. */
  get none(): boolean {
    return this.#hashes.size === 0;
  }

  /** As `erasure_hash` of sql/0252 makes it. Costs nothing while nobody was erased. */
  has(number: DialNumber): boolean {
    if (this.#hashes.size === 0) return false;
    const written = `+${number.replace(/^\+/, "")}`;
    return this.#hashes.has(createHash("sha256").update(this.#key).update(written).digest("hex"));
  }
}

export async function erasedNumbers(client: pg.Client): Promise<ErasedNumbers> {
  const { rows: [row] } = await client.query<{ key: Buffer; hashes: readonly string[] }>(`
    select key, array(select encode(hash, 'hex') from erased_numbers) as hashes from erasure_key`);
  if (row === undefined) throw new Error("the database has no erasure key");
  return new ErasedNumbers(row.key, new Set(row.hashes));
}
