/**
 * Lines that predictive pacing gives up, on real parts: a real Asterisk, real Postgres, the public
 * at SIPp and at baresip. What a person's phone was told is judged by SIPp's own record.
 */
import { expect } from "chai";
import type { Behaviour } from "../testing/demo/people.ts";
import type { Phone } from "../testing/demo/phone.ts";
import { Floor, personNumber, toPerson } from "../testing/floor/bench.ts";
import { endCall, factAt, onePersonOfEach, summary, type Told } from "../testing/floor/told.ts";

const { people, numberOf } =
  onePersonOfEach(["no-answer"] as const satisfies readonly Behaviour[]);
const predictive = { mode: { kind: "predictive" }, ringMs: 40_000, ringLeastMs: 15_000 } as const;

describe("a floor of real parts that gives lines up", function () {
  this.timeout(90_000);
  let floor: Floor;
  let anna: Phone;

  before(async () => {
    floor = await Floor.open(people, ["anna"]);
    anna = await floor.phone("anna");
    await floor.logIn(anna);
  });
  afterEach(() => {
    expect(floor.errors.splice(0)).to.deep.equal([]);
  });
  after(() => floor?.close());

  /** How long it rang before we hung up, in seconds. */
  const rangFor = (told: Told): number =>
    (factAt(told, "given-up") - factAt(told, "ringing")) / 1_000;

  it("lets a phone ring for as long as is owed when its only agent rests, and no longer",
    async () => {
      const campaign = await floor.campaign(predictive, numberOf("no-answer"));
      await floor.fact(campaign, "ringing");
      await anna.press("*61");
      const [told] = await floor.over(campaign);
      if (!told) throw new Error("no attempt");
      expect(summary(told)).to.equal("no-answer rang-enough spent");
      expect(rangFor(told)).to.be.within(15, 18);
      const calls = floor.callees.truth().filter(({ number }) => number === numberOf("no-answer"));
      expect(calls.map(({ end }) => end)).to.deep.equal(["cancelled"]);
      await anna.press("*60");
      await floor.agentIs("anna", "ready");
    });

  it("lets it ring on for an agent who is free, and joins who answers late", async () => {
    const campaign = await floor.campaign({ ...predictive, trunks: [toPerson] }, personNumber);
    const ringing = await floor.fact(campaign, "ringing");
    await floor.until("17 seconds of ringing", async () =>
      Date.now() - factAt(ringing, "ringing") > 17_000 || undefined, 20_000);
    await floor.person.answer();
    await floor.agentIs("anna", "talking");
    await endCall(floor, anna);
    expect((await floor.over(campaign)).map(summary)).to.deep.equal(["connected answered spent"]);
  });

  it("gives up what rings when its last agent logs out", async () => {
    const campaign = await floor.campaign({ ...predictive, trunks: [toPerson] }, personNumber);
    await floor.fact(campaign, "ringing");
    await anna.press("*00");
    await floor.agentIs("anna", "logged-out");
    const [told] = await floor.over(campaign);
    if (!told) throw new Error("no attempt");
    expect(summary(told)).to.equal("no-answer rang-enough spent");
    expect(rangFor(told)).to.be.within(15, 18);
  });
});
