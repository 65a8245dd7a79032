/** Owns a transaction on one connection: all of its work, or nothing of it. */
import type pg from "pg";

export interface TransactionOrder {
  /** `repeatable read` sees one moment, however many statements it has. */
  readonly isolation?: "repeatable read";
  /** Told why the connection cannot be used any more, when it cannot even be rolled back. */
  readonly broken?: (error: Error) => void;
}

export async function inTransaction<T>(
  client: pg.ClientBase, work: () => Promise<T>,
  { isolation, broken }: TransactionOrder = {},
): Promise<T> {
  try {
    await client.query(isolation === undefined ? "begin" : "begin isolation level repeatable read");
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => broken?.(failure));
    throw error;
  }
}
