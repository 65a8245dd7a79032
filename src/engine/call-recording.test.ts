import { expect } from "chai";
import type { CallTerms } from "../call/call.ts";
import { instant, systemClock } from "../clock.ts";
import type { AttemptId, LegId } from "../ids.ts";
import type { Pbx } from "../telephony/pbx.ts";
import { campaignSettings } from "../testing/floor-plan.ts";
import { CallRecording } from "./call-recording.ts";
import type { RecordingDesk } from "./recording-desk.ts";

describe("the recording of a call", () => {
  /** What the switch is asked for when the agent's line is lost, or not, during the notice. */
  const asked = async (isLost: boolean): Promise<readonly string[]> => {
    const orders: string[] = [];
    let isTalking = true;
    const pbx = {
      play: () => {
        orders.push("notice");
        isTalking = !isLost;
        return Promise.resolve();
      },
      record: () => { orders.push("record"); return Promise.resolve(); },
    } as Partial<Pbx> as Pbx;
    const recordings = { began: () => { orders.push("stored"); return Promise.resolve(); } };
    const terms = {
      attempt: "a" as AttemptId, leg: "a" as LegId, placedAt: instant(0), campaign: 1,
    } as Partial<Record<keyof CallTerms, unknown>> as CallTerms;
    const recording = new CallRecording({
      clock: systemClock, recordings: recordings as Partial<RecordingDesk> as RecordingDesk, pbx,
      settings: campaignSettings, newId: () => "play", beepDue: () => undefined,
      talking: () => isTalking,
    }, () => terms);
    await recording.begin({ notice: "told", beep: false, agentLeg: "b" as LegId });
    return orders;
  };

  it("begins after its notice", async () => {
    expect(await asked(false)).to.deep.equal(["notice", "record", "stored"]);
  });
  it("does not begin when the conversation has ended meanwhile", async () => {
    expect(await asked(true)).to.deep.equal(["notice"]);
  });
});
