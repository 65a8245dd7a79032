/** The tones of a recorded conversation, as real phones at a real Asterisk hear them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { projectDir } from "../config.ts";
import { readCatalogue, tonesIn } from "../prompts/catalogue.ts";
import type { Phone } from "../testing/demo/phone.ts";
import { samplesInFile } from "../testing/demo/voices.ts";
import { Floor, personNumber, toPerson, voiceHz } from "../testing/floor/bench.ts";
import { toneMs } from "../testing/floor/hearing.ts";
import { count, endCall, hears, wholeRecordings } from "../testing/floor/told.ts";

const beep = tonesIn(readCatalogue(
  readFileSync(join(projectDir, "sounds", "prompts.yaml"), "utf8")))["recording"]?.[0];

describe("a recorded conversation whose people are to hear that it is", function () {
  this.timeout(90_000);
  let floor: Floor;
  let anna: Phone;

  before(async () => {
    floor = await Floor.open([], ["anna"]);
    anna = await floor.phone("anna");
    await floor.logIn(anna);
  });
  after(() => floor?.close());

  it("beeps at both ears as long as it lasts, and goes on under the tones", async () => {
    if (beep === undefined) throw new Error("there is no tone for it");
    const { person } = floor;
    const campaign = await floor.campaign({ trunks: [toPerson], recordBeep: 5 }, personNumber);
    await floor.fact(campaign, "ringing");
    const ears = [anna, person].map((phone) => ({ phone, from: phone.heard().length }));
    await person.answer();
    // One before it begins, two while it lasts; of each a packet or two may be lost.
    const wanted = 3 * (beep.ms - 60);
    for (const { phone, from } of ears) {
      await floor.until(`three tones at ${phone.name}'s ear`, async () =>
        toneMs(phone.heard().subarray(from), beep.hz) >= wanted || undefined, 25_000);
    }
    await Promise.all([hears(floor, person, voiceHz.agent), hears(floor, anna, voiceHz.person)]);
    await endCall(floor, anna);
    await floor.over(campaign);

    const [told] = await floor.told(campaign);
    const beeps = 1 + (told === undefined ? 0 : count(told, "beeped"));
    expect(beeps).to.be.within(3, 5);
    // No voice is taken for a tone: there was no more of it than was played.
    for (const { phone, from } of ears) {
      expect(toneMs(phone.heard().subarray(from), beep.hz)).to.be.at.most(beeps * (beep.ms + 60));
    }
    const rows = await wholeRecordings(floor, told?.attempt ?? "");
    // To the end of each file, behind the last tone: the recording went on.
    for (const [leg, hz] of [["agent", voiceHz.agent], ["lead", voiceHz.person]] as const) {
      const file = rows.find(({ file: path }) => path.endsWith(`${leg}.wav`))?.file ?? "";
      const samples = samplesInFile(join(floor.recordings, file));
      expect(samples.length / 8, file).to.be.above(10_000);
      expect(toneMs(samples.subarray(-5 * 8_000), hz), file).to.be.above(500);
    }
    expect(floor.errors).to.deep.equal([]);
  });
});
