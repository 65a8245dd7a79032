/** Owns finding a dial list by its name, for commands that need one that is there. */
import { UserError } from "../../errors.ts";
import type { ListId } from "../../ids.ts";
import { text } from "../../language.ts";
import type { Sql, Statement } from "./database.ts";

const named: Statement = {
  name: "dial-list-named", text: "select id from dial_lists where name = $1",
};

/** Throws UserError when there is none. */
export async function listNamed(sql: Sql, name: string): Promise<ListId> {
  const [list] = await sql.query<{ id: ListId }>(named, [name]);
  if (list !== undefined) return list.id;
  throw new UserError(
    text(`there is no dial list ${JSON.stringify(name)}`, `没有名为 ${JSON.stringify(name)} 的名单`),
    text("`ringwright list show` names the lists", "可用 `ringwright list show` 查看名单"));
}
