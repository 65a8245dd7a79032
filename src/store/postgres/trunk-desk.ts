/** Owns what commands do to trunks. Passwords leave by `secrets` alone, for rendering. */
import type { Knex } from "knex";
import { UserError } from "../../errors.ts";
import type { TrunkName } from "../../ids.ts";
import { text } from "../../language.ts";
import type { Trunk } from "../store.ts";
import { isDuplicate, isReferenced, rowsOf } from "./knex.ts";

export type NewTrunk = Omit<Trunk, "id" | "enabled"> & { readonly password: string | undefined };

/** A trunk that attempts went out by is kept for their sake, and only disabled. */
export type Removal = "removed" | "disabled";

export const noSuchTrunk = (name: string): UserError => new UserError(
  text(`there is no trunk ${JSON.stringify(name)}`, `没有名为 ${JSON.stringify(name)} 的中继`),
  text("`ringwright trunk list` shows them all", "可用 `ringwright trunk list` 查看全部中继"),
);

async function add(sql: Knex, trunk: NewTrunk): Promise<void> {
  try {
    await sql("trunks").insert({
      name: trunk.name, host: trunk.host, port: trunk.port, transport: trunk.transport,
      username: trunk.username ?? null, password: trunk.password ?? null, codecs: trunk.codecs,
      channels_max: trunk.channelsMax, calls_per_second: trunk.callsPerSecond,
      prefix: trunk.prefix,
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new UserError(
      text(`there is a trunk ${trunk.name} already`, `中继 ${trunk.name} 已存在`),
      text(`choose another name, or \`ringwright trunk remove ${trunk.name}\` first`,
        `请换一个名称，或先运行 \`ringwright trunk remove ${trunk.name}\``),
    );
  }
}

/** Refused while a campaign that is not finished names it: it would have nowhere to dial. */
async function remove(sql: Knex, name: string): Promise<Removal> {
  const [user] = await rowsOf<{ name: string }>(sql, `
    select name from campaigns
    where state <> 'finished' and jsonb_exists(settings -> 'trunks', :name)
    order by name limit 1`, { name });
  if (user) {
    throw new UserError(
      text(`trunk ${name} is used by campaign ${user.name}`, `活动 ${user.name} 正在使用中继 ${name}`),
      text(`stop that campaign first: \`ringwright campaign stop ${user.name}\``,
        `请先停止该活动：\`ringwright campaign stop ${user.name}\``),
    );
  }
  try {
    const removed = await sql("trunks").where({ name }).delete();
    if (removed === 0) throw noSuchTrunk(name);
    return "removed";
  } catch (error) {
    if (!isReferenced(error)) throw error;
    await sql("trunks").where({ name }).update({ enabled: false });
    return "disabled";
  }
}

export const trunkDesk = (sql: Knex) => ({
  add: (trunk: NewTrunk) => add(sql, trunk),
  remove: (name: string) => remove(sql, name),
  /** Where the named trunks lead. */
  async hosts(names: readonly string[]): Promise<readonly string[]> {
    return (await rowsOf<{ host: string }>(sql,
      "select host from trunks where name = any(:names)", { names })).map(({ host }) => host);
  },
  /** Passwords by trunk; only for what writes the switch's configuration. */
  async secrets(): Promise<ReadonlyMap<TrunkName, string>> {
    const rows = await rowsOf<{ name: TrunkName; password: string }>(sql, `
      select name, password from trunks where password is not null`);
    return new Map(rows.map((row) => [row.name, row.password]));
  },
});
