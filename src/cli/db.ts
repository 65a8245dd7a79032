/** Owns `ringwright db`: the shape of the database. */
import { toIso } from "../clock.ts";
import { text } from "../language.ts";
import { migrate, migrationStatus } from "../store/postgres/migrations.ts";
import type { Register } from "./command.ts";
import { databaseUrl } from "./database.ts";
import { table } from "./table.ts";

export const registerDb: Register = (program, context) => {
  const { say } = context;
  const db = program.command("db")
    .description(say(text("the shape of the database", "数据库结构")));

  db.command("migrate")
    .description(say(text("bring the database to this version", "将数据库迁移到此版本")))
    .action(async () => {
      const applied = await migrate(databaseUrl(context));
      context.print(applied.length === 0
        ? say(text("the database is at this version", "数据库已是此版本"))
        : say(text(`applied ${applied.join(", ")}`, `已应用 ${applied.join("、")}`)));
      context.printJson({ applied });
    });

  db.command("status")
    .description(say(text("which migrations are applied", "各迁移是否已应用")))
    .action(async () => {
      const status = await migrationStatus(databaseUrl(context));
      const missing = status.filter((each) => each.appliedAt === undefined);
      const lines = table(
        [say(text("migration", "迁移")), say(text("applied", "应用时间"))],
        status.map(({ file, appliedAt }) => [file, appliedAt && toIso(appliedAt)]),
      );
      lines.forEach(context.print);
      context.printJson(status.map(({ file, appliedAt }) =>
        ({ file, appliedAt: appliedAt ? toIso(appliedAt) : null })));
      if (missing.length > 0) context.exitCode = 1;
    });
};
