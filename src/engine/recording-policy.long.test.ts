/** The recording policy, as the production controller obeys it on the virtual switch. */
import { expect } from "chai";
import { plus } from "../clock.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import type { PartyRecording } from "../compliance/ruleset.ts";
import type { RecordingPolicy } from "../compliance/pack.ts";
import { rehearse } from "../testing/rehearsal.ts";
import { SwitchRefused } from "../errors.ts";

interface Seen {
  /** What befell the leads' legs, in order: `notice`, `beep` (once or more), `record`, `told`. */
  readonly steps: readonly string[];
  readonly recorded: number;
  /** Tones that were heard, by those who heard them. */
  readonly beeps: { readonly lead: number; readonly agent: number };
  /** The shortest time from one tone of a call to the next. */
  readonly beepEveryMs: number;
  readonly stored: readonly (RecordingPolicy | undefined)[];
  /** States of the recordings at the end. */
  readonly states: readonly string[];
}

interface How {
  readonly record?: boolean;
  /** The notice cannot be played. */
  readonly deaf?: boolean;
  /** So many tones of a leg can be played, and no more. */
  readonly beepsMax?: number;
  readonly settings?: Partial<CampaignSettings>;
  /** What is asked for where the agents sit, by place; every other one is at the place `here`. */
  readonly agents?: Readonly<Record<string, PartyRecording>>;
  /** What every lead presses, as soon as the recording began. */
  readonly presses?: string;
}

async function conversations(
  policy: RecordingPolicy | undefined,
  { record = true, deaf = false, beepsMax = Infinity, settings = {}, presses, agents }: How = {},
): Promise<Seen> {
  const calls = new Map<string, string[]>();
  const beeped = new Map<string, number[]>();
  const isLead = (leg: string): boolean => calls.has(leg);
  let recordings: ReadonlyMap<string, { readonly state: string }> = new Map();
  let attempts: readonly { readonly attempt: string; readonly recording?: RecordingPolicy }[] = [];
  const report = await rehearse({
    seed: 7, hours: 0.1, leads: 60, agents: 4, faults: false, settings: { record, ...settings },
    spoil: ({ world, store }) => {
      store.recordingPolicy = policy;
      store.said = agents ? { agentRecording: agents } : {};
      store.placeOf = (agent) => agent % 2 === 0 ? "here" : undefined;
      recordings = store.recordings;
      const note = (leg: string, what: string): void => {
        calls.set(leg, [...calls.get(leg) ?? [], what]);
      };
      const [play, begin] = [world.play.bind(world), world.record.bind(world)];
      world.play = (order) => {
        if (order.prompts.some((each) => each.kind === "tone" && each.name === "recording")) {
          const before = beeped.get(order.leg) ?? [];
          const isLeads = attempts.some(({ attempt }) => attempt === order.leg as string);
          if (isLeads && before.length >= beepsMax) throw new SwitchRefused("no such sound");
          beeped.set(order.leg, [...before, world.clock.now()]);
          if (isLeads && calls.get(order.leg)?.at(-1) !== "beep") note(order.leg, "beep");
        }
        const said = order.prompts.map((each) => each.kind === "prompt" ? each.name
          : each.kind === "digits" ? each.digits : "");
        if (said[0] === "recorded" && deaf) throw new SwitchRefused("no such sound");
        if (said[0] === "recorded") note(order.leg, ["notice", ...said.slice(1)].join(" "));
        if (said[0] === "recording-stopped") note(order.leg, "told");
        play(order);
      };
      world.record = (order) => {
        note(order.leadLeg, "record");
        begin(order);
        if (presses === undefined) return;
        world.clock.at(plus(world.clock.now(), 10), () => { world.press(order.leadLeg, presses); });
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
  const recorded = [...calls.values()]
    .filter((each) => each.some((what) => what.startsWith("record"))).length;
  const heard = (by: boolean): number => [...beeped].filter(([leg]) => isLead(leg) === by)
    .reduce((sum, [, times]) => sum + times.length, 0);
  const gaps = [...beeped].flatMap(([leg, times]) => isLead(leg)
    ? times.slice(1).map((at, i) => at - (times[i] ?? 0)) : []);
  return {
    beeps: { lead: heard(true), agent: heard(false) }, beepEveryMs: Math.min(...gaps),
    steps, recorded, stored: [...new Set(attempts.map((each) => each.recording))],
    states: [...new Set([...recordings.values()].map(({ state }) => state))],
  };
}

const check = async (
  policy: RecordingPolicy | undefined, steps: readonly string[], how: How = {},
): Promise<void> => {
  const seen = await conversations(policy, how);
  expect(seen.steps).to.eql(steps);
  expect(seen.stored).to.eql([policy]);
  expect(seen.recorded > 0).to.equal(steps.some((each) => each.includes("record")));
};

describe("the recording policy of a call", () => {
  it("records at once where it may", () => check("record", ["record"]));
  it("tells the lead first", () => check("announce", ["notice then record"]));
  it("beeps at both ears first and as long as it lasts, where beeps are asked for", async () => {
    const { steps, beeps, beepEveryMs } = await conversations("beep");
    // The second is a conversation of less than 15 seconds.
    expect(["beep then record then beep", "beep then record"]).to.include.members(steps);
    expect(steps).to.include("beep then record then beep");
    expect(beeps.lead).to.be.above(20);
    expect(beeps.agent).to.equal(beeps.lead);
    expect(beepEveryMs).to.be.within(14_900, 15_100);
  });
  it("beeps where the campaign wants it, beside what else the law asks for", async () => {
    const { steps, beepEveryMs } = await conversations("announce", { settings: { recordBeep: 6 } });
    expect(steps).to.include("notice then beep then record then beep");
    expect(beepEveryMs).to.be.within(5_900, 6_100);
  });
  it("records nothing where the first tone cannot be played", () =>
    check("beep", [], { beepsMax: 0 }));
  it("stops where a later tone cannot be played, keeps what there was, and says so", async () => {
    const { steps, beeps, states } = await conversations("beep", { beepsMax: 1 });
    expect(steps).to.include("beep then record then told");
    expect(steps.filter((each) => /told then|beep then told/.test(each))).to.eql([]);
    expect(beeps.lead).to.be.above(5);
    expect(states).to.eql(["whole"]);
  });
  it("beeps no more when the person has stopped it", async () => {
    const { steps } = await conversations("beep", { presses: "9",
      settings: { recordStop: { key: "9", offer: "always", files: "discard" } } });
    expect(steps).to.include("notice press-to-stop 9 then beep then record then told");
    expect(steps.filter((each) => /record then (told then )?beep/.test(each))).to.eql([]);
  });
  it("says which key stops it where the person has one", () =>
    check("stop-on-key", ["notice press-to-stop 9 then record"]));
  it("says so to everybody where the campaign wants it, by its own key", () =>
    check("record", ["notice press-to-stop 5 then record"],
      { settings: { recordStop: { key: "5", offer: "always", files: "discard" } } }));
  it("stops at that key, says so, and keeps nothing", async () => {
    const { steps, states } = await conversations("stop-on-key", { presses: "9" });
    expect(steps).to.eql(["notice press-to-stop 9 then record then told"]);
    expect(states).to.eql(["discarded"]);
  });
  it("stops at that key, and keeps what there was where the campaign says so", async () => {
    const { states } = await conversations("stop-on-key", { presses: "9",
      settings: { recordStop: { key: "9", offer: "where-asked", files: "keep" } } });
    expect(states).to.eql(["whole"]);
  });
  it("goes on at any other key, and at that key where nobody was told of it", async () => {
    const other = await conversations("stop-on-key", { presses: "8" });
    expect(other.steps).to.eql(["notice press-to-stop 9 then record"]);
    const untold = await conversations("announce", { presses: "9" });
    expect(untold.steps).to.eql(["notice then record"]);
    expect(untold.states).to.eql(["whole"]);
  });
  const at = (policy: RecordingPolicy, beepSeconds?: number): How => {
    const party = { policy, ...beepSeconds !== undefined && { beepSeconds } };
    return { agents: { "": party, here: party } };
  };
  it("is the stricter one of both parties, whoever asks for it", async () => {
    await check("record", ["notice then record"], at("announce"));
    await check("announce", ["notice then record"], at("record"));
    await check("record", ["record"], at("record"));
    await check("announce", ["notice press-to-stop 9 then record"], at("stop-on-key"));
    await check("stop-on-key", ["notice press-to-stop 9 then record"], at("announce"));
  });
  it("records nothing where either party's place forbids it, or nobody asked for it", async () => {
    await check("record", [], at("do-not-record"));
    await check("do-not-record", [], at("record"));
    await check("record", [], { agents: {} });
    await check(undefined, [], at("record"));
  });
  it("beeps as often as the agent's place asks for, and knows the key it asks for", async () => {
    const { steps, beepEveryMs } = await conversations("record", at("beep", 7));
    expect(steps).to.include("beep then record then beep");
    expect(beepEveryMs).to.be.within(6_900, 7_100);
    const { states } = await conversations("record", { ...at("stop-on-key"), presses: "9" });
    expect(states).to.eql(["discarded"]);
  });
  it("goes by the agent who takes the call, on one floor of two places", async () => {
    const { steps } = await conversations("record", {
      agents: { "": { policy: "announce" }, here: { policy: "record" } },
    });
    expect([...steps].sort()).to.eql(["notice then record", "record"]);
  });

  it("records nothing where it may not", () => check("do-not-record", []));
  it("records nothing when nobody has decided", () => check(undefined, []));
  it("records nothing when the campaign wants none", () => check("record", [], { record: false }));
  it("records nothing when the lead could not be told", () =>
    check("announce", [], { deaf: true }));
});
