/**
 * Owns the part of conformance.ts about a switch that has no controller for a moment: its legs stay
 * up, and who answers then is given to the next one, or hears the message.
 */
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { LegId, PlayId } from "../ids.ts";
import { limits } from "../limits.ts";
import type { CalleeKind, Typed, World } from "./conformance.ts";
import type { PbxEvent, Prompt } from "./pbx.ts";

const tone: Prompt = { kind: "tone", name: "incoming" };

/** What conformance.ts does at its world, and waits for. */
export interface Hands {
  world(): World;
  dial(kind: CalleeKind): Promise<LegId>;
  answered(): Promise<LegId>;
  must<T extends PbxEvent["type"]>(type: T, id: string): Promise<Typed<T>>;
  find<T extends PbxEvent["type"]>(type: T, id: string): Typed<T> | undefined;
  done<T>(promise: Promise<T>): Promise<T>;
  errorOf(promise: Promise<unknown>): Promise<string>;
  typesOf(leg: LegId): string;
  play(leg: LegId, prompts: readonly Prompt[]): Promise<PlayId>;
}

export function conformsAtHandOver(
  { world, dial, answered, must, find, done, errorOf, typesOf, play }: Hands,
): void {
  describe("a person who answers while no controller is connected", () => {
    /** The person answers 200 ms after this. */
    const cutOff = async (): Promise<LegId> => {
      const leg = await dial("answers");
      await must("leg-ringing", leg);
      world().setReachable(false);
      return leg;
    };
    const mended = async (): Promise<void> => {
      const { length } = world().events;
      world().setReachable(true);
      await world().until(() => world().events.slice(length)
        .find((each) => each.type === "connection-restored"), 20_000);
    };

    it("is given to one that connects within a moment, with the true time of the answer",
      async () => {
        const leg = await cutOff();
        await world().until(() => undefined, 600);
        await mended();
        const { at, answeredAt } = await must("leg-answered", leg);
        expect(at - answeredAt, "ms without a controller")
          .to.be.within(300, limits.handOverMs + 500);
        expect(typesOf(leg)).to.match(/leg-answered$/);
        const id = await play(leg, [tone]);
        await must("play-finished", id);
      });

    it("hears the message from the switch where none does, and is nobody's then", async () => {
      const leg = await cutOff();
      await world().until(() => undefined, 1_900);
      await mended();
      const { legs: live } = await done(world().pbx.survey());
      expect(live.find((each) => each.leg === leg)).to.include({ state: "answered" });
      const playing = { play: randomUUID() as string as PlayId, leg, prompts: [tone], over: false };
      expect(await errorOf(world().pbx.play(playing))).to.match(/Refused$/);
      expect(find("leg-answered", leg)).to.equal(undefined);
      await done(world().pbx.hangUp(leg, "normal"));
      expect((await must("leg-ended", leg)).answeredAt, "an answer it was").to.be.a("number");
    });
  });

  describe("a connection that is lost", () => {
    it("leaves the legs alone and comes back by itself", async () => {
      const leg = await answered();
      const { length } = world().events;
      const since = (type: PbxEvent["type"]) => world().until(
        () => world().events.slice(length).find((each) => each.type === type), 20_000);
      world().setReachable(false);
      await since("connection-lost");
      expect(await errorOf(world().pbx.survey())).to.equal("SwitchUnreachable");
      world().setReachable(true);
      expect(await since("connection-restored")).to.include({ restarted: false });
      const { legs: live } = await done(world().pbx.survey());
      expect(live.map((each) => each.leg)).to.include(leg);
      const id = await play(leg, [tone]);
      await must("play-finished", id);
      await done(world().pbx.hangUp(leg, "normal"));
      await must("leg-ended", leg);
    });
  });
}
