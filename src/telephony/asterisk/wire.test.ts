import { expect } from "chai";
import { UnsafeValue } from "../../errors.ts";
import type { AttemptId, CampaignId, DialNumber, Epoch, LegId, PhoneName, TrunkName }
  from "../../ids.ts";
import type { LegTags, PlaceLeg, Prompt } from "../pbx.ts";
import { accountOf, decodeTags, encodeTags, endpointOf, mediaOf, originateBody, phoneOf }
  from "./wire.ts";

const to = (number: string) =>
  ({ kind: "number", number: number as DialNumber, trunk: "acme" as TrunkName }) as const;
const order: PlaceLeg = {
  leg: "l" as LegId, to: to("+8613800138000"), callerId: { number: "4001", name: "张三 Ltd" },
  ringMs: 25_400, tags: {}, reportTalking: false,
  safeHarbour: { kind: "prompt", name: "safe-harbour", language: "zh" },
};

describe("what is written for Asterisk", () => {
  it("names a number behind its trunk", () =>
    expect(endpointOf(to("+8613800138000"))).to.equal("PJSIP/+8613800138000@trunk-acme"));

  const numbers = ["1&Local/s@x", "1/2", "1@evil", "", "1\n2", "sip:x", "1;a=b", "${EXTEN}"];
  for (const bad of numbers) {
    it(`refuses the number ${JSON.stringify(bad)}`, () =>
      expect(() => endpointOf(to(bad))).to.throw(UnsafeValue));
  }

  const media = (prompt: Prompt, expected: string) =>
    expect(mediaOf(prompt).join(",")).to.equal(expected);
  it("plays a prompt in its language", () =>
    media({ kind: "prompt", name: "ready", language: "zh" }, "sound:ringwright/zh/ready"));
  it("says digits one by one", () => media({ kind: "digits", digits: "40", language: "en" },
    "sound:ringwright/en/digit-4,sound:ringwright/en/digit-0"));
  it("refuses a prompt outside our sounds", () =>
    expect(() => mediaOf({ kind: "prompt", name: "../x", language: "en" })).to.throw(UnsafeValue));

  it("rings whole seconds, never less than asked", () =>
    expect(originateBody(order)).to.include({ timeout: 26, extension: "s" }));
  it("lets a phone answer by itself when asked", () => {
    const phone = { kind: "phone", phone: "1001" as PhoneName, autoAnswer: true } as const;
    expect(originateBody({ ...order, to: phone })).to.have.nested.property(
      "variables.PJSIP_HEADER(add,Call-Info)", "<sip:ringwright>;answer-after=0");
  });

  it("has a leg's talking reported only when asked", () =>
    expect(originateBody({ ...order, reportTalking: true })).to.include({ extension: "talk" }));
  it("names what is played when nobody takes the leg", () => {
    const played = (safeHarbour: PlaceLeg["safeHarbour"]) => expect(
      originateBody({ ...order, safeHarbour })).to.have.nested.property("variables.RINGWRIGHT_SAFE_HARBOUR");
    played({ kind: "prompt", name: "sorry", language: "zh" }).that.equals("zh/sorry");
    played({ kind: "tone", name: "ended" }).that.equals("tone/ended");
    played({ kind: "digits", digits: "1", language: "en" }).that.equals("en/safe-harbour");
    expect(() => originateBody({
      ...order, safeHarbour: { kind: "prompt", name: "../x", language: "zh" },
    })).to.throw(UnsafeValue);
  });

  const names = ["a\"b", "a\\b", "<x>", "a\r\nVia: b"];
  for (const name of names) {
    it(`refuses the caller name ${JSON.stringify(name)}`, () =>
      expect(() => originateBody({ ...order, callerId: { number: "1", name } }))
        .to.throw(UnsafeValue));
  }

  it("reads tags as they were written", () => {
    const tags: LegTags = {
      attempt: "a=b&c" as AttemptId, campaign: 3 as CampaignId, epoch: 9 as Epoch, agent: "7",
    };
    expect(decodeTags(encodeTags(tags))).to.deep.equal(tags);
    expect(decodeTags(encodeTags({}))).to.deep.equal({});
  });

  it("knows the phone behind a channel", () => {
    expect(phoneOf(accountOf("PJSIP/front-desk-0000001f"))).to.equal("front-desk");
    expect(phoneOf(accountOf("PJSIP/trunk-acme-0000001f"))).to.equal(undefined);
    expect(phoneOf(accountOf("Snoop/1-0000001f"))).to.equal(undefined);
  });
});
