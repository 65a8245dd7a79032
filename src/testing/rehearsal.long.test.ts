import { expect } from "chai";
import { powerPacer } from "../pacing/power.ts";
import { rehearse, type RehearsalPlan, type RehearsalReport } from "./rehearsal.ts";

const plan: RehearsalPlan = { seed: 7, hours: 0.15, leads: 200, agents: 6, faults: false };

const check = async (changes: Partial<RehearsalPlan>, broken: RegExp | undefined) => {
  const report = await rehearse({ ...plan, ...changes });
  expect(report.errors, `errors of seed ${report.seed}`).to.deep.equal([]);
  if (broken) expect(report.breaks.join("\n")).to.match(broken);
  else expect(report.breaks, `breaks of seed ${report.seed}`).to.deep.equal([]);
  return report;
};

describe("a rehearsal", function () {
  // Seconds by itself, and more beside other work.
  this.timeout(60_000);

  it("keeps every rule on a quiet day, and people talk", async () => {
    const report = await check({}, undefined);
    expect(report.outcomes["connected"]).to.be.greaterThan(10);
    expect(report.outcomes["none"]).to.equal(undefined);
  });

  it("keeps every rule while wires, store and controllers fail", () =>
    check({ seed: 4, hours: 0.3, faults: true }, undefined));

  it("keeps every rule and law at two switches, which two controllers share", () =>
    check({ seed: 4, hours: 0.3, faults: true, switches: 2, lawful: true, agents: 8 }, undefined));

  it("reports all that a gate would have stopped, behind one that allows everything", async () => {
    const { breaks } = await rehearse({
      ...plan, lawful: true, hours: 0.3, agents: 10, leads: 100, gate: (store) => store,
    });
    for (const broken of [
      /dialed outside the hours/, /a place that is not allowed/, /on the do-not-call list/,
      /recorded before the person was told/,
    ]) expect(breaks.join("\n")).to.match(broken);
  });

  it("reports too many lines when every switch has the whole trunk", () => check({
    switches: 2, agents: 16, leads: 2_000,
    settings: { mode: { kind: "power", linesPerAgent: 6 }, abandonRateMax: 1 },
    spoil: ({ store }) => {
      store.shareTrunks = (_, asked) =>
        Promise.resolve(new Map(asked.map(({ trunk }) => [trunk, 60])));
    },
  }, /lines at once|dials within a second/));

  it("replays exactly", async () => {
    const twice: RehearsalReport[] = [];
    const short = { seed: 5, hours: 0.1, faults: true };
    for (let i = 0; i < 2; i++) twice.push(await check(short, undefined));
    expect(twice[0]).to.deep.equal(twice[1]);
  });

  it("places more lines with predictive pacing than with progressive, and abandons few", async () => {
    // While pacing learns its floor it is careful: a morning of a few agents says little.
    const sums = { progressive: 0, predictive: 0, abandoned: 0 };
    for (const kind of ["progressive", "predictive"] as const) {
      const { attempts, outcomes } = await check(
        { hours: 0.6, leads: 1_500, agents: 12, settings: { mode: { kind } } }, undefined);
      sums[kind] += attempts;
      if (kind === "predictive") sums.abandoned += outcomes["abandoned"] ?? 0;
    }
    expect(sums.predictive).to.be.greaterThan(sums.progressive);
    // The limit is 3 % of some 600 people; more than twice that would be another pacer.
    expect(sums.abandoned).to.be.below(36);
  });

  it("keeps predictive pacing under the abandon limit, though agents rest unannounced", async () => {
    const sums = { answered: 0, abandoned: 0 };
    for (const seed of [1, 2, 3, 4, 5]) {
      const { outcomes } = await check(
        { seed, hours: 0.4, leads: 600, settings: { mode: { kind: "predictive" } } }, undefined);
      const { abandoned = 0, connected = 0, "hung-up-early": early = 0 } = outcomes;
      sums.answered += abandoned + connected + early;
      sums.abandoned += abandoned;
    }
    // Of these 600 people 18 are allowed; as many again would be more than chance.
    expect(sums.abandoned / sums.answered).to.be.below(0.045);
  });

  it("reports predictive pacing that abandons more than the limit and its loan bear", () => check({
    hours: 0.4, leads: 1_500, agents: 12, settings: { mode: { kind: "predictive" } },
    pacer: powerPacer(4),
  }, /^.* of .* were abandoned, more than .*$/m));

  const preview = { kind: "preview", decideWithinMs: 15_000, atTimeOver: "skip" } as const;

  it("dials in preview what agents choose, and abandons nobody", async () => {
    const { outcomes } = await check({ hours: 0.4, settings: { mode: preview } }, undefined);
    expect(outcomes["connected"]).to.be.greaterThan(10);
    expect(outcomes["abandoned"] ?? 0).to.equal(0);
  });

  it("keeps every rule in preview while wires, store and controllers fail", () => check(
    { seed: 11, hours: 0.5, faults: true, settings: { mode: preview } }, undefined));

  it("serves the campaign of the higher priority, and abandons no more than one alone", async () => {
    const { perCampaign: [low = 0, high = 0], outcomes } = await check(
      { hours: 0.3, leads: 600, settings: { priority: 2 }, besides: { priority: 8 } }, undefined);
    expect(high).to.be.greaterThan(20);
    expect(low, "attempts of the lower priority").to.be.below(high / 5);
    expect(outcomes["abandoned"] ?? 0).to.be.below(3);
  });

  it("shares agents between campaigns of one priority, without dialing for anybody twice",
    async () => {
      const { perCampaign: [one = 0, other = 0], outcomes } = await check(
        { hours: 0.3, leads: 600, besides: {} }, undefined);
      expect(one / (one + other)).to.be.within(0.35, 0.65);
      expect(outcomes["abandoned"] ?? 0).to.be.below(3);
    });

  it("keeps every rule with two campaigns while everything fails", () => check(
    { seed: 12, hours: 0.3, faults: true, besides: { mode: preview, priority: 7 } }, undefined));

  it("abandons with the message when too many answer at once", async () => {
    const report = await check({
      settings: { mode: { kind: "power", linesPerAgent: 6 } },
    }, undefined);
    expect(report.outcomes["abandoned"]).to.be.greaterThan(0);
  });

  it("reports people who were left in silence when the message is not played", () =>
    check({
      settings: { mode: { kind: "power", linesPerAgent: 6 } },
      spoil: ({ world }) => {
        const play = world.play.bind(world);
        world.play = (order) => {
          const isMessage = order.prompts.some((each) =>
            each.kind === "prompt" && each.name === "safe-harbour");
          if (!isMessage) play(order);
        };
      },
    }, /^(.*answered, and heard neither.*\n?)+$/m));

  it("reports outcomes that were not stored", () =>
    check({
      spoil: ({ store }) => {
        const record = store.recordCalls.bind(store);
        store.recordCalls = (records) => record(records.map((each) =>
          ({ ...each, facts: each.facts.filter((fact) => fact.type !== "outcome-set") })));
      },
    }, /has 0 outcomes/));
});
