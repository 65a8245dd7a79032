/** The recording policy, as the production controller obeys it on the virtual switch. */
import { expect } from "chai";
import type { RecordingPolicy } from "../compliance/pack.ts";
import { rehearse } from "../testing/rehearsal.ts";
import { SwitchRefused } from "../errors.ts";

interface Seen {
  /** What befell the leads' legs, in order, without doubles: `notice`, `record`. */
  readonly steps: readonly string[];
  readonly recorded: number;
  readonly stored: readonly (RecordingPolicy | undefined)[];
}

async function conversations(
  policy: RecordingPolicy | undefined, { record = true, deaf = false } = {},
): Promise<Seen> {
  const calls = new Map<string, string[]>();
  let attempts: readonly { readonly recording?: RecordingPolicy }[] = [];
  const report = await rehearse({
    seed: 7, hours: 0.1, leads: 60, agents: 4, faults: false, settings: { record },
    spoil: ({ world, store }) => {
      store.recordingPolicy = policy;
      const note = (leg: string, what: string): void => {
        calls.set(leg, [...calls.get(leg) ?? [], what]);
      };
      const [play, begin] = [world.play.bind(world), world.record.bind(world)];
      world.play = (order) => {
        const notice = order.prompts.some((each) =>
          each.kind === "prompt" && each.name === "recorded");
        if (notice && deaf) throw new SwitchRefused("no such sound");
        if (notice) note(order.leg, "notice");
        play(order);
      };
      world.record = (order) => {
        note(order.leadLeg, "record");
        begin(order);
      };
      attempts = [];
      const place = store.placeAttempts.bind(store);
      store.placeAttempts = (campaign, epoch, wanted) => {
        attempts = [...attempts, ...wanted];
        return place(campaign, epoch, wanted);
      };
    },
  });
  expect(report.breaks).to.eql([]);
  expect(report.outcomes["connected"]).to.be.greaterThan(5);
  const steps = [...new Set([...calls.values()].map((each) => each.join(" then ")))];
  const recorded = [...calls.values()].filter((each) => each.includes("record")).length;
  return { steps, recorded, stored: [...new Set(attempts.map((each) => each.recording))] };
}

const check = async (
  policy: RecordingPolicy | undefined, steps: readonly string[], how = {},
): Promise<void> => {
  const seen = await conversations(policy, how);
  expect(seen.steps).to.eql(steps);
  expect(seen.stored).to.eql([policy]);
  expect(seen.recorded > 0).to.equal(steps.some((each) => each.includes("record")));
};

describe("the recording policy of a call", () => {
  it("records at once where it may", () => check("record", ["record"]));
  it("tells the lead first", () => check("announce", ["notice then record"]));
  it("tells the lead where beeps are asked for", () => check("beep", ["notice then record"]));
  it("records nothing where it may not", () => check("do-not-record", []));
  it("records nothing when nobody has decided", () => check(undefined, []));
  it("records nothing when the campaign wants none", () => check("record", [], { record: false }));
  it("records nothing when the lead could not be told", () =>
    check("announce", [], { deaf: true }));
});
