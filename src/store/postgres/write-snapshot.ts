/** Writes sql/schema.snapshot.sql anew: run it after adding a migration. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "./database.ts";
import { migrationsDir } from "./migrations.ts";
import { schemaSnapshot } from "./snapshot.ts";
import { createTestDatabase } from "./test-database.ts";

const database = await createTestDatabase();
const sql = openDatabase(database.url);
try {
  await writeFile(join(migrationsDir, "schema.snapshot.sql"), await schemaSnapshot(sql));
} finally {
  await sql.close();
  await database.drop();
}
