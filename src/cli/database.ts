/** Owns how commands come to the database: its address, and one open desk for a command. */
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { administer, type Administration } from "../store/postgres/administration.ts";
import type { CliContext } from "./command.ts";

/** Throws UserError when no database is configured and none was started. */
export function databaseUrl(context: CliContext): string {
  const { databaseUrl: url } = context.config();
  if (url !== undefined) return url;
  throw new UserError(
    text("no database is configured", "尚未配置数据库"),
    text("run `ringwright up` for a local one, or set DATABASE_URL",
      "请运行 `ringwright up` 启动本机数据库，或设置 DATABASE_URL"), 3,
  );
}

export const atDesk = <T>(
  context: CliContext, work: (desk: Administration) => Promise<T>,
): Promise<T> => administer(databaseUrl(context), work);
