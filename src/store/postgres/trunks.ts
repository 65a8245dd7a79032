/**
 * Owns trunks as the engine sees them, without their passwords, and how switches share their
 * channels: together never more than the trunk has.
 */
import type { Epoch, TrunkId, TrunkName } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { Store, Trunk } from "../store.ts";
import type { Database, Row, Statement } from "./database.ts";
import { fenced, heldSeats } from "./ownership.ts";

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

/** One switch at a time reckons the shares of a trunk. */
const lockTrunks: Statement = {
  name: "lock-trunks-to-share",
  text: `
    with ${heldSeats}
    select held.pbx, t.id from held left join lateral (
      select id from trunks where id = any ($2::integer[]) order by id for no key update) t on true`,
};

/**
 * What the others have is theirs until they give it back, so that the sum never passes the trunk's
 * channels. This switch keeps what it uses. Alone in wanting some it takes all that is free; else
 * what it could use, and while another one has less than it could use, no more than an equal part
 * or what the others leave. A share that was not renewed for as long as a call may last has no call
 * under it any more.
 */
const share: Statement = {
  name: "share-trunks",
  text: `
    with asked as materialized (
      select * from unnest($2::integer[], $3::integer[], $4::integer[])
        as a (trunk, using_now, wanted)
    ), others as materialized (
      select s.trunk_id, s.pbx, s.channels, s.wanted from trunk_shares s
      where s.pbx <> $1 and s.renewed_at > now() - $5 * interval '1 millisecond'
    ), sums as materialized (
      select a.trunk, a.using_now, a.wanted, t.channels_max as channels,
        t.channels_max - coalesce(sum(o.channels), 0) as free,
        coalesce(sum(o.wanted), 0) as wanted_by_others,
        coalesce(bool_or(o.wanted > o.channels), false) as others_lack,
        count(*) filter (where o.wanted > 0) as rivals,
        count(*) filter (where o.wanted > 0 and o.pbx < $1) as before_us
      from asked a join trunks t on t.id = a.trunk left join others o on o.trunk_id = a.trunk
      group by a.trunk, a.using_now, a.wanted, t.channels_max
    )
    insert into trunk_shares (trunk_id, pbx, channels, wanted, renewed_at)
    select trunk, $1, greatest(using_now, case
        when wanted = 0 then 0
        when rivals = 0 then free
        when others_lack then least(wanted, free, greatest(channels - wanted_by_others,
          channels / (rivals + 1)
            + case when before_us < channels % (rivals + 1) then 1 else 0 end))
        else least(wanted, free)
      end), wanted, now()
    from sums
    on conflict (trunk_id, pbx) do update
      set channels = excluded.channels, wanted = excluded.wanted, renewed_at = excluded.renewed_at
    returning trunk_id as trunk, channels`,
};

type Part = Pick<Store, "trunks" | "shareTrunks">;

export const trunks = (database: Database): Part => ({
  async trunks() {
    return (await database.query<TrunkRow>(list)).map((row) => ({
      id: row.id, name: row.name, host: row.host, port: row.port, transport: row.transport,
      username: row.username ?? undefined, codecs: row.codecs, channelsMax: row.channels_max,
      callsPerSecond: row.calls_per_second, prefix: row.prefix, enabled: row.enabled,
    }));
  },
  shareTrunks: (epoch: Epoch, asked) => database.transaction(async (sql) => {
    const ids = asked.map(({ trunk }) => trunk);
    const [seat] = await sql.query<{ pbx: string }>(lockTrunks, [[epoch], ids]);
    if (!seat) throw fenced(epoch);
    const shares = await sql.query<{ trunk: TrunkId; channels: number }>(share, [
      seat.pbx, ids, asked.map(({ using }) => using), asked.map(({ wanted }) => wanted),
      limits.callLongestMs,
    ]);
    return new Map(shares.map(({ trunk, channels }) => [trunk, channels]));
  }),
});
