/** Owns the watch on calls: when each came to which point, seen at both ports. */
import type { AttemptId, LegId } from "../../src/ids.ts";
import type { Store } from "../../src/store/store.ts";
import type { AsteriskPbx } from "../../src/telephony/asterisk/asterisk-pbx.ts";

/** When one call came to each point, epoch ms. */
export interface Passage {
  readonly number: string;
  readonly placedAt: number;
  heardAt?: number;
  storeMs: number;
  joinAskedAt?: number;
  joinedAt?: number;
  endedAt?: number;
}

/** Epoch milliseconds, finer than Date.now tells them. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** To be given to the floor's controller. */
export function watching(passages: Map<string, Passage>) {
  return (pbx: AsteriskPbx, store: Store): Store => {
    const { placeLeg, onEvent, join } = pbx;
    pbx.placeLeg = (order) => {
      if (order.to.kind === "number") {
        passages.set(order.leg, { number: order.to.number, placedAt: nowMs(), storeMs: 0 });
      }
      return placeLeg.call(pbx, order);
    };
    pbx.onEvent = (listener) => {
      onEvent.call(pbx, (event) => {
        const at = nowMs();
        if (event.type === "leg-answered") mark(event.leg, { heardAt: at });
        if (event.type === "leg-ended") mark(event.leg, { endedAt: at });
        listener(event);
      });
    };
    pbx.join = async (order) => {
      mark(order.leadLeg, { joinAskedAt: nowMs() });
      await join.call(pbx, order);
      mark(order.leadLeg, { joinedAt: nowMs() });
    };
    const mark = (id: string, change: Partial<Passage>): void => {
      const passage = passages.get(id);
      if (passage) Object.assign(passage, change);
    };
    return {
      ...store,
      async recordCalls(records) {
        const began = nowMs();
        await store.recordCalls(records);
        for (const attempt of new Set<AttemptId>(records.map((each) => each.attempt))) {
          const passage = passages.get(attempt as string as LegId);
          const onTheWay = passage?.heardAt !== undefined && passage.joinAskedAt === undefined;
          if (onTheWay) passage.storeMs += nowMs() - began;
        }
      },
    };
  };
}
