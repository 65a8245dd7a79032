/** Owns trunks as the engine sees them: without their passwords. */
import type { TrunkId, TrunkName } from "../../ids.ts";
import type { Store, Trunk } from "../store.ts";
import type { Row, Sql, Statement } from "./database.ts";

const list: Statement = {
  name: "trunks",
  text: `
    select id, name, host, port, transport, username, codecs, channels_max, calls_per_second,
      prefix, enabled
    from trunks order by name`,
};

interface TrunkRow extends Row {
  readonly id: TrunkId;
  readonly name: TrunkName;
  readonly host: string;
  readonly port: number;
  readonly transport: Trunk["transport"];
  readonly username: string | null;
  readonly codecs: readonly string[];
  readonly channels_max: number;
  readonly calls_per_second: number;
  readonly prefix: string;
  readonly enabled: boolean;
}

export const trunks = (sql: Sql): Pick<Store, "trunks"> => ({
  async trunks() {
    return (await sql.query<TrunkRow>(list)).map((row) => ({
      id: row.id, name: row.name, host: row.host, port: row.port, transport: row.transport,
      username: row.username ?? undefined, codecs: row.codecs, channelsMax: row.channels_max,
      callsPerSecond: row.calls_per_second, prefix: row.prefix, enabled: row.enabled,
    }));
  },
});
