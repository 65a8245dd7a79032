/**
 * Preview and blending on real parts: a real Asterisk, real Postgres, people at SIPp and at
 * baresip. What an agent is told of a lead is judged by what the phone heard.
 */
import { expect } from "chai";
import type { Behaviour } from "../testing/demo/people.ts";
import type { Phone } from "../testing/demo/phone.ts";
import { promptSamples } from "../testing/demo/voices.ts";
import { Floor, personNumber, toPerson, voiceHz } from "../testing/floor/bench.ts";
import { likeness } from "../testing/floor/hearing.ts";
import { count, endCall, factAt, hears, onePersonOfEach, summary, surely }
  from "../testing/floor/told.ts";

const kinds = ["talks", "busy", "no-answer", "early-media"] as const satisfies readonly Behaviour[];
const { people, numberOf } = onePersonOfEach(kinds);

describe("a floor of real parts that previews and blends", function () {
  this.timeout(90_000);
  let floor: Floor;
  let anna: Phone;
  let person: Phone;

  before(async () => {
    floor = await Floor.open(people, ["anna", "bo"]);
    ({ person } = floor);
    anna = await floor.phone("anna");
    await floor.logIn(anna);
  });
  afterEach(() => {
    expect(floor.errors.splice(0)).to.deep.equal([]);
  });
  after(() => floor?.close());

  const hearsWords = (phone: Phone, words: "preview" | "not-reached", from: number): Promise<true> =>
    floor.until(`${words} at ${phone.name}'s ear`, async () =>
      likeness(phone.heard().subarray(from), promptSamples("en", [words]), 700) >= surely
        || undefined);
  const previewOf = { kind: "preview", decideWithinMs: 20_000, atTimeOver: "pause" } as const;

  it("shows leads to an agent off-hook, who skips one and dials the next", async () => {
    const before = anna.heard().length;
    const campaign = await floor.campaign({ mode: previewOf, trunks: [toPerson] },
      numberOf("talks"), personNumber);
    await floor.agentIs("anna", "previewing");
    await hearsWords(anna, "preview", before);
    await anna.press("2");
    await floor.agentIs("anna", "ready");
    expect(await floor.told(campaign), "dialed before anybody chose").to.deep.equal([]);
    await floor.agentIs("anna", "previewing");
    await anna.press("1");
    await floor.fact(campaign, "ringing");
    await floor.agentIs("anna", "dialing");
    await person.answer();
    await Promise.all([hears(floor, person, voiceHz.agent), hears(floor, anna, voiceHz.person)]);
    await endCall(floor, anna);
    const [told] = await floor.over(campaign);
    if (!told) throw new Error("no attempt");
    expect(told.number).to.equal(personNumber);
    expect(summary(told)).to.equal("connected answered spent");
    expect(count(told, "agent-promised")).to.equal(1);
    expect(factAt(told, "connected") - factAt(told, "answered")).to.be.below(500);
    const ways = (await floor.agentFacts("anna")).filter(({ type }) => type === "preview-decided")
      .map(({ data }) => (data as { how: string }).how);
    expect(ways).to.deep.equal(["skip", "dial"]);
  });

  it("says that a previewed lead was not reached, and gives a lead back to the list", async () => {
    const before = anna.heard().length;
    const campaign = await floor.campaign({ mode: previewOf }, numberOf("busy"));
    await floor.agentIs("anna", "previewing");
    await anna.press("*61");
    await floor.agentIs("anna", "paused");
    await anna.press("*60");
    await floor.agentIs("anna", "previewing");
    await anna.press("1");
    await hearsWords(anna, "not-reached", before);
    await floor.agentIs("anna", "ready");
    expect((await floor.over(campaign)).map(summary)).to.deep.equal(["busy busy spent"]);
  });

  it("moves the only agent to a campaign that comes first, when no line rings for them", async () => {
    const low = await floor.campaign({ priority: 2, ringMs: 15_000 },
      numberOf("no-answer"), numberOf("early-media"));
    await floor.fact(low, "ringing");
    const high = await floor.campaign({ priority: 9, trunks: [toPerson] }, personNumber);
    await floor.fact(high, "ringing", 25_000);
    await person.answer();
    await hears(floor, anna, voiceHz.person);
    await person.hangUp();
    await floor.agentIs("anna", "wrap-up");
    await anna.press("1");
    const [first] = await floor.over(high);
    const [line, next] = await floor.over(low, 2, 30_000);
    if (!first || !line || !next) throw new Error("an attempt is missing");
    // Two pacers never count on one free agent: each line begins after the one before is settled.
    expect(factAt(first, "ringing")).to.be.above(factAt(line, "leg-ended"));
    expect(next.facts[0]?.at ?? 0).to.be.above(factAt(first, "leg-ended"));
    expect([line, first, next].map(({ outcome }) => outcome))
      .to.deep.equal(["no-answer", "connected", "no-answer"]);
    await floor.agentIs("anna", "ready");
  });

  it("shows a lead to an agent on-hook, whose phone rings first", async () => {
    await anna.press("*61");
    await floor.agentIs("anna", "paused");
    const bo = await floor.phone("bo", true);
    await floor.logIn(bo, "on-hook");
    const before = bo.heard().length;
    const campaign = await floor.campaign({ mode: previewOf }, numberOf("talks"));
    await hearsWords(bo, "preview", before);
    await bo.press("1");
    await floor.agentIs("bo", "talking");
    await floor.agentIs("bo", "wrap-up");
    await bo.press("1");
    await floor.agentIs("bo", "ready");
    expect((await floor.over(campaign)).map(summary)).to.deep.equal(["connected answered spent"]);
    await floor.dialCode(bo, "*00");
    await floor.agentIs("bo", "logged-out");
    await bo.stop();
    await anna.press("*60");
    await floor.agentIs("anna", "ready");
  });
});
