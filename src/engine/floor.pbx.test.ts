/**
 * The engine on real parts: a real Asterisk, real Postgres, people at SIPp and at baresip. Each
 * test is one campaign; what was said is judged by what the phones heard.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { LegId } from "../ids.ts";
import type { CampaignSettings } from "../campaign/settings.ts";
import { prompt } from "../agent/prompts.ts";
import { areInStep, inspectRecording, isAudible } from "../recording/inspect.ts";
import type { Behaviour } from "../testing/demo/people.ts";
import type { Phone } from "../testing/demo/phone.ts";
import { lineRate, promptSamples, samplesInFile } from "../testing/demo/voices.ts";
import {
  echoNumber, Floor, personNumber, toEcho, toPerson, voiceHz,
} from "../testing/floor/bench.ts";
import { echoLag, likeness, toneMs } from "../testing/floor/hearing.ts";
import {
  count, endCall, fact, factAt, hears, onePersonOfEach, summary, surely, wholeRecordings, type Told,
} from "../testing/floor/told.ts";

const kinds = [
  "talks", "hangs-up-at-once", "busy", "no-answer", "rejected", "unknown-number", "congested",
  "early-media", "intercepted",
] as const satisfies readonly Behaviour[];
const { people, numberOf } = onePersonOfEach(kinds);

const message = promptSamples("en", ["safe-harbour"]);
/** What is heard of the message before the person may hang up. */
const messageMs = 3_000;

describe("a floor of real parts", function () {
  this.timeout(90_000);
  let floor: Floor;
  let anna: Phone;
  let person: Phone;

  before(async () => {
    floor = await Floor.open(people, ["anna", "bo", "carl", "dora", "supervisor"]);
    ({ person } = floor);
    anna = await floor.phone("anna");
    await floor.logIn(anna);
  });
  afterEach(() => {
    expect(floor.errors.splice(0)).to.deep.equal([]);
  });
  after(() => floor?.close());

  /** A campaign whose one lead is the person at the phone; resolves while it rings there. */
  async function callPerson(settings: Partial<CampaignSettings> = {}): Promise<string> {
    const campaign = await floor.campaign({ trunks: [toPerson], ...settings }, personNumber);
    await floor.fact(campaign, "ringing");
    return campaign;
  }

  const heardMessage = (phone: Phone): Promise<true> =>
    floor.until("the safe-harbour message at the lead's ear", async () =>
      likeness(phone.heard(), message, messageMs) >= surely || undefined);

  const silentOf = (phone: Phone, hz: number, from: number): void =>
    { expect(toneMs(phone.heard().subarray(from), hz)).to.be.below(60); };

  it("joins a lead who answers with the agent who waits off-hook", async () => {
    const campaign = await callPerson();
    await person.answer();
    await floor.agentIs("anna", "talking");
    await Promise.all([hears(floor, person, voiceHz.agent), hears(floor, anna, voiceHz.person)]);
    await endCall(floor, anna);
    await floor.over(campaign);
    const told = await floor.fact(campaign, "disposition-set");
    expect(summary(told)).to.equal("connected answered spent");
    expect(told.disposition).to.equal("sale");
    expect(factAt(told, "connected") - factAt(told, "answered")).to.be.below(500);
    await checkRecordings(told);
  });

  async function checkRecordings(told: Told): Promise<void> {
    const rows = await wholeRecordings(floor, told.attempt);
    const sounds = await Promise.all(rows.map(({ file }) =>
      inspectRecording(join(floor.recordings, file))));
    for (const sound of sounds) expect(isAudible(sound), JSON.stringify(sound)).to.equal(true);
    const [one, other] = sounds;
    if (one?.kind !== "sound" || other?.kind !== "sound") throw new Error("no sound");
    expect(areInStep(one, other), `${one.durationMs} and ${other.durationMs} ms`).to.equal(true);
  }

  it("stops the recording at the lead's key, and keeps nothing of it", async () => {
    const stop = { key: "9", offer: "always", files: "discard" } as const;
    const campaign = await callPerson({ recordStop: stop });
    await person.answer();
    const { attempt } = await floor.fact(campaign, "recording-began");
    await person.press("9");
    const rows = await floor.until("two discarded recordings", async () => {
      const found = await floor.recordingsOf(attempt);
      return found.filter(({ state }) => state === "discarded").length === 2 ? found : undefined;
    });
    for (const { file } of rows) expect(existsSync(join(floor.recordings, file))).to.equal(false);
    await hears(floor, person, voiceHz.agent);
    await endCall(floor, anna);
  });

  it("records the legs in step: an echo comes a round trip later, at the end as at the start", async () => {
    await anna.press("*61");
    await floor.agentIs("anna", "paused");
    const { echo } = floor;
    const reader = await floor.reader("carl");
    await floor.logIn(reader);
    const campaign = await floor.campaign({ trunks: [toEcho], record: true }, echoNumber);
    await floor.fact(campaign, "ringing");
    await echo.answer();
    await floor.agentIs("carl", "talking");
    const from = reader.heard().length;
    await floor.until("seven seconds of talk", async () =>
      reader.heard().length - from >= 7 * lineRate || undefined);
    await reader.press("*7");
    await floor.agentIs("carl", "wrap-up");
    await reader.press("1");
    const [told] = await floor.over(campaign);
    if (!told) throw new Error("no attempt");
    await checkRecordings(told);
    const files = (await floor.recordingsOf(told.attempt)).map(({ file }) => file);
    const [said, echoed] = ["agent", "lead"].map((leg) => samplesInFile(join(floor.recordings,
      files.find((file) => file.includes(leg)) ?? "no such leg")));
    if (!said || !echoed) throw new Error("no samples");
    const lags = [1_000, 4_000].map((fromMs) => echoLag({ said, echoed, fromMs, ms: 2_000 }));
    for (const { lagMs, sure } of lags) {
      expect(sure, JSON.stringify(lags)).to.be.above(surely);
      // Two jitter buffers and the phone's own packets; nobody hears less than this as late.
      expect(lagMs, JSON.stringify(lags)).to.be.within(0, 250);
    }
    // The jitter buffers of both phones may take in or give out a packet or two meanwhile.
    const [early, late] = lags;
    expect(Math.abs((early?.lagMs ?? 0) - (late?.lagMs ?? 0)), JSON.stringify(lags))
      .to.be.at.most(60);
    await reader.stop();
    await anna.press("*60");
    await floor.agentIs("anna", "ready");
  });

  it("tells the agent alone which campaign and number it is, under the conversation", async () => {
    const campaign = await callPerson({ announce: ["tone", "campaign", "digits"] });
    const from = [anna, person].map((phone) => phone.heard().length);
    await person.answer();
    await floor.fact(campaign, "connected");
    const words = [promptSamples("en", ["campaign"]),
      promptSamples("en", ["digit-0", "digit-1", "digit-5", "digit-0"])];
    const sureOf = (phone: Phone, which: number, each: Int16Array): number =>
      likeness(phone.heard().subarray(from[which]), each, 700);
    for (const each of words) {
      await floor.until("the words at the agent's ear", async () =>
        sureOf(anna, 0, each) >= surely || undefined);
    }
    for (const each of words) expect(sureOf(person, 1, each)).to.be.below(0.6);
    await person.hangUp();
    await floor.agentIs("anna", "wrap-up");
    await anna.press("1");
    await floor.agentIs("anna", "ready");
    await floor.over(campaign);
  });

  it("is heard by a supervisor who listens, whispers, and barges in", async () => {
    const supervisor = await floor.phone("supervisor", true);
    const campaign = await callPerson();
    await person.answer();
    const told = await floor.fact(campaign, "connected");
    const supervisorLeg = `00000000-0000-4000-8000-${String(Date.now()).slice(-12)}` as LegId;
    await floor.pbx.placeLeg({
      leg: supervisorLeg, to: { kind: "phone", phone: supervisor.name as never, autoAnswer: true },
      callerId: { number: "1", name: "supervision" }, ringMs: 5_000, tags: {},
      safeHarbour: prompt("try-later", "en"), reportTalking: false,
    });
    await floor.until("the supervisor's leg", async () => (await floor.pbx.survey()).legs
      .find(({ leg, state }) => leg === supervisorLeg && state === "up"));
    const agentLeg = (await floor.pbx.survey()).legs.find(({ phone }) => phone === "anna")?.leg;
    if (!agentLeg) throw new Error("anna has no leg");
    const order = { supervisorLeg, agentLeg, call: told.attempt as never } as const;

    const [agentBefore, personBefore] = [anna.heard().length, person.heard().length];
    await floor.pbx.supervise({ ...order, mode: "listen" });
    await Promise.all(
      [hears(floor, supervisor, voiceHz.agent), hears(floor, supervisor, voiceHz.person)]);
    silentOf(anna, voiceHz.supervisor, agentBefore);
    await floor.pbx.supervise({ ...order, mode: "whisper" });
    await hears(floor, anna, voiceHz.supervisor);
    silentOf(person, voiceHz.supervisor, personBefore);
    await floor.pbx.supervise({ ...order, mode: "barge" });
    await hears(floor, person, voiceHz.supervisor);
    await floor.pbx.hangUp(supervisorLeg, "normal");
    await supervisor.stop();
    await person.hangUp();
    await floor.agentIs("anna", "wrap-up");
    await anna.press("2");
    await floor.agentIs("anna", "ready");
    expect((await floor.fact(campaign, "disposition-set")).disposition).to.equal("later");
  });

  it("sets the default disposition when wrap-up runs out", async () => {
    const campaign = await floor.campaign({ wrapUpMs: 1_000 }, numberOf("talks"));
    await floor.agentIs("anna", "wrap-up");
    await floor.agentIs("anna", "ready");
    const told = await floor.fact(campaign, "disposition-set");
    expect(told.disposition).to.equal("none");
    const facts = await floor.agentFacts("anna");
    expect(facts.findLast(({ type }) => type === "disposition-chosen")?.data)
      .to.include({ by: "default" });
  });

  it("tells what each number did, and counts only what reached the lead", async () => {
    const wanted: Partial<Record<Behaviour, string>> = {
      "busy": "busy busy spent", "no-answer": "no-answer ring-time-over spent",
      "rejected": "no-answer rejected spent", "unknown-number": "failed invalid-number spent",
      "congested": "failed congestion free", "early-media": "no-answer ring-time-over spent",
    };
    const chosen = Object.keys(wanted) as (keyof typeof wanted & (typeof kinds)[number])[];
    const campaign = await floor.campaign(
      { mode: { kind: "power", linesPerAgent: 8 }, ringMs: 15_000 }, ...chosen.map(numberOf));
    const all = await floor.over(campaign, chosen.length);
    const seen = Object.fromEntries(chosen.map((kind) =>
      [kind, all.filter(({ number }) => number === numberOf(kind)).map(summary).join(", ")]));
    expect(seen).to.deep.equal(wanted);
    const given = all.filter(({ reason }) => reason === "ring-time-over")
      .map((told) => (fact(told, "leg-ended")?.data["cause"] as { by?: string }).by);
    expect(given, "who ended a call that rang to its end").to.deep.equal(["switch", "switch"]);
    // The congested lead is due in an hour: a campaign that waits keeps no agent from the next.
  });

  it("lets the tones before an answer alone where a campaign says so", async () => {
    const number = numberOf("intercepted");
    const campaign = await floor.campaign({ ringMs: 15_000, hearTones: false }, number);
    expect((await floor.over(campaign)).map(summary)).to.deep.equal(
      ["no-answer ring-time-over spent"]);
    expect(await floor.evidenceOf(number)).to.deep.equal([]);
  });

  it("retires a number by the tones before an answer, at once and with its evidence", async () => {
    const number = numberOf("intercepted");
    const campaign = await floor.campaign({ ringMs: 15_000 }, number);
    const [told] = await floor.over(campaign);
    if (!told) throw new Error("no attempt");
    expect(summary(told)).to.equal("failed number-changed spent");
    expect(factAt(told, "hang-up-began") - factAt(told, "early-media")).to.be.below(5_000);
    expect(await floor.evidenceOf(number)).to.deep.equal(
      [{ quality: "dead", source: "line", what: "sit intercept" }]);
    const again = await floor.campaign({ ringMs: 15_000 }, number);
    expect(await floor.until("a lead that is not dialed", async () =>
      await floor.leadState(again) === "finished" || undefined)).to.equal(true);
    expect(await floor.told(again)).to.deep.equal([]);
  });

  it("plays the message to a lead for whom nobody is free, and counts one abandoned", async () => {
    const campaign = await callPerson();
    await anna.press("*61");
    await floor.agentIs("anna", "paused");
    await person.answer();
    await heardMessage(person);
    await person.hangUp();
    const [told] = await floor.over(campaign);
    if (!told) throw new Error("no attempt");
    expect(summary(told)).to.equal("abandoned no-agent-in-time spent");
    expect(count(told, "outcome-set")).to.equal(1);
    const answeredAt = fact(told, "answered")?.data["answeredAt"] as number;
    expect(factAt(told, "message-began") - answeredAt).to.be.within(1_900, 2_250);
    await anna.press("*60");
    await floor.agentIs("anna", "ready");
  });

  /** Nobody is free; the second allowed begins so long after the answer, in milliseconds. */
  const measures = async (
    measureFrom: CampaignSettings["measureFrom"], [least, most]: readonly [number, number],
  ): Promise<void> => {
    const campaign = await callPerson({ measureFrom, connectWithinMs: 1_000 });
    await anna.press("*62");
    await floor.agentIs("anna", "paused");
    await person.answer();
    await floor.fact(campaign, "message-began");
    await person.hangUp();
    const [told] = await floor.over(campaign);
    if (!told) throw new Error("no attempt");
    expect(summary(told)).to.equal("abandoned no-agent-in-time spent");
    const answeredAt = fact(told, "answered")?.data["answeredAt"] as number;
    expect(factAt(told, "patience-set") - answeredAt).to.be.within(least, most);
    expect(factAt(told, "message-began") - factAt(told, "patience-set")).to.be.within(950, 1_300);
    await anna.press("*60");
    await floor.agentIs("anna", "ready");
  };

  // 1.5 s of hello, and 0.8 s of silence until it counts as over.
  it("measures from the end of the greeting where a campaign says so", () =>
    measures("greeting-end", [2_000, 2_800]));

  // The hello begins with the call; talking is noticed after a few packets of it.
  it("measures from the start of the greeting where a campaign says so", () =>
    measures("greeting-start", [0, 800]));

  it("has the switch play the message when the controller is gone", async () => {
    const campaign = await callPerson();
    await floor.killController();
    await person.answer();
    await heardMessage(person);
    await floor.startController();
    const [told] = await floor.over(campaign);
    if (!told) throw new Error("no attempt");
    expect(told.outcome).to.be.oneOf(["abandoned", "failed"]);
    expect(count(told, "outcome-set")).to.equal(1);
    await floor.agentIs("anna", "ready");
  });

  it("rings an agent who logged in on-hook, who dials codes", async () => {
    await anna.press("*61");
    await floor.agentIs("anna", "paused");
    const bo = await floor.phone("bo", true);
    await floor.logIn(bo, "on-hook");
    await floor.dialCode(bo, "*63");
    await floor.agentIs("bo", "paused");
    await floor.dialCode(bo, "*60");
    await floor.agentIs("bo", "ready");
    const campaign = await floor.campaign({}, numberOf("talks"));
    await floor.agentIs("bo", "talking");
    const from = bo.heard().length;
    // The second beep of the tone that says the caller has gone; then the agent chooses.
    await floor.until("the tone of wrap-up", async () =>
      toneMs(bo.heard().subarray(from), 440) >= 60 || undefined);
    await bo.press("1");
    await floor.agentIs("bo", "ready");
    expect((await floor.over(campaign)).map(summary)).to.deep.equal(["connected answered spent"]);
    expect((await floor.fact(campaign, "disposition-set")).disposition).to.equal("sale");
    await floor.dialCode(bo, "*00");
    await floor.agentIs("bo", "logged-out");
    await bo.stop();
    await anna.press("*60");
    await floor.agentIs("anna", "ready");
  });

  it("locks a phone after three wrong PINs, for the right one too", async () => {
    const dora = await floor.phone("dora");
    await dora.dial("*11");
    for (const wrong of ["1111", "2222", "3333"]) await floor.sayPin(dora, wrong);
    await floor.until("the phone is let go", async () => !dora.inCall || undefined);
    expect(likeness(dora.heard(), promptSamples("en", ["locked-out"]), messageMs))
      .to.be.above(surely);
    await dora.dial("*11");
    await floor.sayPin(dora);
    await floor.until("the phone is let go", async () => !dora.inCall || undefined);
    expect(likeness(dora.heard(), promptSamples("en", ["locked-out"]), messageMs))
      .to.be.above(surely);
    await dora.stop();
  });

  it("lets a phone dial nothing but codes", async () => {
    const dora = await floor.phone("dora");
    const before = floor.callees.truth().length;
    for (const dialed of ["12345", numberOf("talks"), "*99999"]) {
      await dora.dial(dialed);
      await floor.until(`the refusal of ${dialed}`, async () => !dora.inCall || undefined);
      // The three tones of a number that is not in use, or words that say so.
      const heard = dora.heard();
      const refused = dialed.startsWith("*")
        ? likeness(heard, promptSamples("en", ["not-allowed"]), 1_500) > surely
        : [950, 1_400, 1_800].every((hz) => toneMs(heard, hz) >= 300);
      expect(refused, dialed).to.equal(true);
    }
    expect(floor.callees.truth().length, "calls at the public").to.equal(before);
    await dora.stop();
  });

  it("notices phones that vanished, one at rest and one in a call", async () => {
    await anna.press("*61");
    await floor.agentIs("anna", "paused");
    const bo = await floor.phone("bo");
    await floor.logIn(bo);
    const campaign = await callPerson();
    await person.answer();
    await floor.agentIs("bo", "talking");
    const carl = await floor.phone("carl");
    await floor.logIn(carl);
    await Promise.all([bo.vanish(), carl.vanish()]);
    // The switch looks for a phone every 15 s, and gives it 3 s to answer.
    await floor.agentIs("carl", "logged-out", 20_000);
    // A call without sound from the phone is given up after 30 s: the lead is told to try later.
    await floor.agentIs("bo", "logged-out", 40_000);
    await floor.until("words for the lead who was left alone", async () =>
      likeness(person.heard(), promptSamples("en", ["try-later"]), messageMs) >= surely || undefined);
    expect((await floor.over(campaign)).map(summary)).to.deep.equal(["connected answered spent"]);
    await anna.press("*60");
    await floor.agentIs("anna", "ready");
  });

  it("lets an agent log out", async () => {
    await anna.press("*00");
    await floor.agentIs("anna", "logged-out");
    await floor.until("the phone is let go", async () => !anna.inCall || undefined);
  });
});
