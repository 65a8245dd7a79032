/**
 * Owns the part of conformance.ts about a leg that waits from call to call, as an agent's does who
 * is logged in off-hook: whoever is joined with it hears it, and nobody else ever does.
 */
import { expect } from "chai";
import type { CallId, LegId } from "../ids.ts";
import type { Hands } from "./hand-over-conformance.ts";

export function conformsWhereOneWaits(
  { world, answered, must, done, errorOf, play }: Hands,
): void {
  describe("a leg that waits", () => {
    const callOf = (lead: LegId): CallId => lead as string as CallId;
    const waits = async (): Promise<LegId> => {
      const leg = await answered();
      await done(world().pbx.hold(leg, "silence"));
      return leg;
    };
    const timesJoined = (lead: LegId): number => world().events.filter((each) =>
      each.type === "legs-joined" && each.call === callOf(lead)).length;
    const join = async (leadLeg: LegId, agentLeg: LegId): Promise<void> => {
      const before = timesJoined(leadLeg);
      await done(world().pbx.join({ call: callOf(leadLeg), leadLeg, agentLeg }));
      const joined = await world().until(
        () => timesJoined(leadLeg) > before || undefined, 5_000);
      expect(joined, `joined ${before + 1} times`).to.equal(true);
    };
    /** The call that each is in by a survey; `gone` for a leg that is not there. */
    const callsOf = async (...legs: readonly LegId[]): Promise<readonly unknown[]> => {
      const live = (await done(world().pbx.survey())).legs;
      return legs.map((leg) => {
        const found = live.find((each) => each.leg === leg);
        return found ? found.call : "gone";
      });
    };

    it("is joined with one after the other", async () => {
      const agent = await waits();
      for (let call = 0; call < 3; call++) {
        const lead = await answered();
        await join(lead, agent);
        expect(await callsOf(lead, agent)).to.deep.equal([callOf(lead), callOf(lead)]);
        await done(world().pbx.hangUp(lead, "normal"));
        await must("leg-ended", lead);
        await done(world().pbx.hold(agent, "silence"));
        expect(await callsOf(lead, agent)).to.deep.equal(["gone", undefined]);
      }
      const said = await play(agent, [{ kind: "tone", name: "ended" }]);
      expect(await must("play-finished", said)).to.include({ completed: true });
    });

    it("is alone when it is held, though the other leg is up still", async () => {
      const [agent, lead, next] = [await waits(), await answered(), await answered()];
      await join(lead, agent);
      await done(world().pbx.hold(agent, "silence"));
      expect(await callsOf(lead, agent)).to.deep.equal([undefined, undefined]);
      await join(next, agent);
      expect(await callsOf(lead, next, agent))
        .to.deep.equal([undefined, callOf(next), callOf(next)]);
    });

    it("is alone when its call is taken apart, and can be joined with the same leg again",
      async () => {
        const [agent, lead] = [await waits(), await answered()];
        await join(lead, agent);
        await done(world().pbx.part(callOf(lead)));
        expect(await callsOf(lead, agent)).to.deep.equal([undefined, undefined]);
        await done(world().pbx.hold(agent, "silence"));
        await join(lead, agent);
        expect(await callsOf(lead, agent)).to.deep.equal([callOf(lead), callOf(lead)]);
      });

    it("that ends leaves the other one up, to be joined elsewhere", async () => {
      const [agent, other, lead] = [await waits(), await waits(), await answered()];
      await join(lead, agent);
      await done(world().pbx.hangUp(agent, "normal"));
      await must("leg-ended", agent);
      await done(world().pbx.part(callOf(lead)));
      expect(await callsOf(agent, lead)).to.deep.equal(["gone", undefined]);
      await join(lead, other);
      expect(await callsOf(lead, other)).to.deep.equal([callOf(lead), callOf(lead)]);
    });

    it("is left by a leg that is joined with another", async () => {
      const [agent, other, lead] = [await waits(), await waits(), await answered()];
      await join(lead, agent);
      await join(lead, other);
      expect(await callsOf(agent, lead, other))
        .to.deep.equal([undefined, callOf(lead), callOf(lead)]);
    });

    it("is taken from one call into another", async () => {
      const [agent, lead, next] = [await waits(), await answered(), await answered()];
      await join(lead, agent);
      await join(next, agent);
      expect(await callsOf(lead, next, agent))
        .to.deep.equal([undefined, callOf(next), callOf(next)]);
      await done(world().pbx.hold(agent, "silence"));
      expect(await callsOf(next, agent)).to.deep.equal([undefined, undefined]);
    });

    it("stays alone when whoever is joined with it is gone", async () => {
      const [agent, lead, next] = [await waits(), await answered(), await answered()];
      await done(world().pbx.hangUp(lead, "normal"));
      await must("leg-ended", lead);
      const order = { call: callOf(lead), leadLeg: lead, agentLeg: agent };
      expect(await errorOf(world().pbx.join(order))).to.equal("LegGone");
      await done(world().pbx.hold(agent, "silence"));
      await join(next, agent);
      expect(await callsOf(next, agent)).to.deep.equal([callOf(next), callOf(next)]);
    });

    it("can be listened to, whispered into and joined by a supervisor", async () => {
      const [agentLeg, lead, supervisorLeg] = [await waits(), await answered(), await answered()];
      await join(lead, agentLeg);
      for (const mode of ["listen", "whisper", "barge"] as const) {
        const order = { mode, supervisorLeg, agentLeg, call: callOf(lead) };
        expect(await errorOf(world().pbx.supervise(order)), mode).to.equal("done");
      }
    });
  });
}
