import { expect } from "chai";
import { plus } from "../clock.ts";
import { decideDial, type GateFacts } from "./gate.ts";
import {
  at, contact, destinations, factsFor, historyOf, packs, placesOf, rules, shown,
} from "./gate-fixture.test.ts";
import { readPack, type Pack, type Purpose } from "./pack.ts";
import { blockRules, blockTexts } from "./reasons.ts";
import { recordingUnder, rulesetFor, strictestRecording } from "./ruleset.ts";

const noon = at("2026-11-23T17:00:00Z");
const usual = factsFor(rules("US-NY", "marketing"), noon, ["America/New_York"]);

/** One change of facts that would be allowed, and what the gate says to it. */
const check = (change: Partial<GateFacts>, expected: string): void => {
  expect(shown(decideDial({ ...usual, ...change }))).to.equal(expected);
};

/** A law, quoted; where and when; what was before. */
const law = (
  quote: string, [places, purpose, zones]: readonly [string, Purpose, string],
  cases: Readonly<Record<string, string>>, history: Partial<GateFacts> = {},
): void => {
  const ruleset = rules(places, purpose);
  for (const [when, expected] of Object.entries(cases)) {
    const facts = { ...factsFor(ruleset, at(when), zones.split("+")), ...history };
    expect(shown(decideDial(facts)), `${quote} at ${when}`).to.equal(expected);
  }
};

describe("the gate", () => {
  it("allows, and says by which packs", () => {
    expect(decideDial(usual)).to.deep.include({ verdict: "allow" });
    expect(usual.rules.versions).to.eql(["us-federal@2026-11-25", "default@2026-11-23"]);
  });

  it("blocks each thing that stands against a dial", () => {
    check({ killSwitchOn: true }, "kill-switch ringwright");
    check({ campaignState: "paused" }, "campaign-not-running ringwright");
    check({ consent: "revoked" }, "consent-revoked ringwright");
    check({ doNotCall: { listed: true, registryAsOf: noon } }, "do-not-call us-federal");
    check({ lead: { ...usual.lead, zones: [] } }, "zone-unknown us-federal");
    check({ destinations: destinations("CN +86") }, "destination-not-allowed ringwright");
    check({ destinations: destinations("") }, "destination-not-allowed ringwright");
    check({ destinations: destinations("US !+1212") }, "destination-forbidden ringwright");
    check({ destinations: destinations("+1212 !US") }, "destination-forbidden ringwright");
    check({ lead: { ...usual.lead, lineType: "premium" } }, "high-risk-range ringwright");
    const callerId = { authorised: true, dialed: 9, dailyMax: 10, freeAt: undefined };
    check({ callerId: { ...callerId, authorised: false } }, "caller-id-not-authorised ringwright");
    check({ callerId }, "allow");
    check({ callerId: { ...callerId, dialed: 10, freeAt: plus(noon, 60_000) } },
      "caller-id-used-up ringwright 2026-11-23T17:01");
    check({ callerId: { ...callerId, dialed: 1e6, dailyMax: undefined } }, "allow");
    const trunk = { readAt: noon, channelsFree: 1, channels: 1, tokens: 1 };
    check({ trunk: { ...trunk, channelsFree: 0 } }, "no-channel ringwright");
    check({ trunk: { ...trunk, tokens: 0.5 } }, "calls-per-second ringwright");
    const abandon = {
      readAt: noon, answered: 100, abandoned: 4, rateMax: 0.05, lent: 0, agentReserved: false,
    };
    check({ abandon }, "abandon-limit us-federal");
    check({ abandon: { ...abandon, rateMax: 0.01, abandoned: 2 } }, "abandon-limit ringwright");
    check({ abandon: { ...abandon, abandoned: 3 } }, "allow");
    check({ abandon: { ...abandon, agentReserved: true } }, "allow");
    check({ abandon: { ...abandon, lent: 1 } }, "allow");
    const month = { ...abandon, answered: 10_000 };
    const day = { answered: 100, abandoned: 4, rateMax: 0.04, lent: 0 };
    check({ abandon: { ...month, day } }, "allow");
    check({ abandon: { ...month, day: { ...day, abandoned: 5 } } }, "abandon-limit ringwright");
    check({ abandon: { ...month, day: { ...day, abandoned: 5, lent: 1 } } }, "allow");
    check({ abandon: { ...abandon, lent: 0.9 } }, "abandon-limit us-federal");
    const old = plus(noon, -60_001);
    check({ trunk: { ...trunk, readAt: old } }, "facts-stale ringwright");
    check({ abandon: { ...abandon, agentReserved: true, readAt: old } }, "facts-stale ringwright");
  });

  it("blocks when anything is missing or stale", () => {
    check({ killSwitchOn: undefined }, "facts-missing ringwright");
    check({ doNotCall: undefined }, "facts-missing ringwright");
    check({ history: undefined }, "facts-missing ringwright");
    check({ destinations: undefined }, "facts-missing ringwright");
    check({ callerId: undefined }, "facts-missing ringwright");
    check({ trunk: undefined }, "facts-missing ringwright");
    check({ abandon: undefined }, "facts-missing ringwright");
    check({ readAt: plus(noon, -60_001) }, "facts-stale ringwright");
    check({ readAt: plus(noon, 60_001) }, "facts-stale ringwright");
    check({ rules: { ...usual.rules, hours: [] } }, "no-calling-hours ringwright");
    check({ doNotCall: { listed: false, registryAsOf: undefined } }, "registry-missing us-federal");
  });

  it("names the first reason in the order of the rules", () => {
    // Everything stands against it; then one thing after the other is mended.
    let facts: Partial<GateFacts> = {
      killSwitchOn: true, campaignState: "paused", consent: "revoked",
      doNotCall: { listed: true, registryAsOf: noon }, destinations: destinations(""),
      lead: { ...usual.lead, zones: ["Asia/Shanghai"] },
      rules: {
        ...usual.rules, caps: rules("US-FL", "marketing").caps,
        holidays: [{
          source: usual.rules.hours[0]?.source ?? expect.fail("no hours"),
          holidays: { every: ["11-24", "11-23"], easter: [], inLieu: false, years: undefined },
        }],
      },
      history: historyOf(["14", "15", "16"].map((hour) => contact(`2026-11-23T${hour}:00:00Z`))),
      callerId: { authorised: false, dialed: 0, dailyMax: undefined, freeAt: undefined },
      trunk: { readAt: noon, channelsFree: 0, channels: 1, tokens: 0 },
      abandon: {
        readAt: noon, answered: 10, abandoned: 1, rateMax: 0.03, lent: 0, agentReserved: false,
      },
    };
    const order: readonly (readonly [string, Partial<GateFacts>])[] = [
      ["kill-switch", { killSwitchOn: false }],
      ["campaign-not-running", { campaignState: "running" }],
      ["consent-revoked", { consent: "given" }],
      ["do-not-call", { doNotCall: usual.doNotCall }],
      ["outside-hours", { lead: usual.lead }],
      ["holiday", { rules: { ...usual.rules, caps: rules("US-FL", "marketing").caps } }],
      ["cap-reached", { history: usual.history }],
      ["destination-not-allowed", { destinations: usual.destinations }],
      ["caller-id-not-authorised", { callerId: usual.callerId }],
      ["no-channel", { trunk: usual.trunk }],
      ["abandon-limit", { abandon: usual.abandon }],
    ];
    for (const [code, mended] of order) {
      expect(shown(decideDial({ ...usual, ...facts })).split(" ")[0]).to.equal(code);
      facts = { ...facts, ...mended };
    }
    check(facts, "allow");
  });

  it("lets nothing through in the last seconds of the calling hours", () => {
    const marketing = ["US-NY", "marketing", "America/New_York"] as const;
    law("16 CFR 310.4(c): before 21:00, and the line goes out some seconds later", marketing, {
      "2026-11-24T01:59:44.999Z": "allow",
      "2026-11-24T01:59:45Z": "hours-ending us-federal 2026-11-24T13:00",
      "2026-11-24T01:59:59.999Z": "hours-ending us-federal 2026-11-24T13:00",
      "2026-11-24T02:00:00Z": "outside-hours us-federal 2026-11-24T13:00",
      // Nothing is lost at the other end: who opens at eight is called at eight.
      "2026-11-24T12:59:59.999Z": "outside-hours us-federal 2026-11-24T13:00",
      "2026-11-24T13:00:00Z": "allow",
    });
  });

  describe("in rules of one's own", () => {
    const [first] = usual.rules.hours;
    const source = first?.source ?? expect.fail("no hours");
    const whole = [{ from: 0, to: 1440 }];
    const ownRules = (
      windows: readonly (readonly [number, number])[], holidays?: readonly string[],
      years?: ReadonlyMap<number, ReadonlySet<number>>,
    ): GateFacts["rules"] => {
      const day = windows.length === 0 ? whole : windows.map(([from, to]) => ({ from, to }));
      const days = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((each) => [each, day]));
      return {
        ...usual.rules, hours: [{ hours: { days }, source }],
        holidays: holidays === undefined ? [] : [{
          source, holidays: { every: holidays, easter: [], inLieu: false, years },
        }],
      };
    };
    const checkAt = (ruleset: GateFacts["rules"], cases: Readonly<Record<string, string>>): void => {
      for (const [when, expected] of Object.entries(cases)) {
        const facts = factsFor(ruleset, at(when), ["America/New_York"]);
        expect(shown(decideDial(facts)), when).to.equal(expected);
      }
    };

    it("so does the pause of noon", () => {
      checkAt(ownRules([[540, 720], [780, 1080]]), {
        "2026-11-24T16:59:44Z": "allow",
        "2026-11-24T16:59:50Z": "hours-ending us-federal 2026-11-24T18:00",
        "2026-11-24T17:59:50Z": "outside-hours us-federal 2026-11-24T18:00",
        "2026-11-24T18:00:00Z": "allow",
      });
    });

    it("so does the evening before a public holiday", () => {
      checkAt(ownRules([], ["11-25"]), {
        "2026-11-25T04:59:44Z": "allow",
        "2026-11-25T04:59:45Z": "holiday-near us-federal 2026-11-26T05:00",
        "2026-11-25T05:00:00Z": "holiday us-federal 2026-11-26T05:00",
        "2026-11-26T04:59:59Z": "holiday us-federal 2026-11-26T05:00",
        "2026-11-26T05:00:00Z": "allow",
      });
    });

    it("so does the end of the last year whose holidays are known", () => {
      checkAt(ownRules([], [], new Map([[2026, new Set<number>()]])), {
        "2027-01-01T04:59:44Z": "allow", "2027-01-01T04:59:45Z": "holidays-missing us-federal",
      });
    });

    it("so does a clock that springs out of them, and one that falls back into them is waited for",
      () => {
        // 8 March 2026, 02:00 becomes 03:00; 1 November, 02:00 becomes 01:00 again.
        checkAt(ownRules([[0, 120]]), {
          "2026-03-08T06:59:44Z": "allow",
          "2026-03-08T06:59:45Z": "hours-ending us-federal 2026-03-09T04:00",
          "2026-11-01T05:59:50Z": "allow",
          "2026-11-01T06:59:44Z": "allow",
          "2026-11-01T06:59:45Z": "hours-ending us-federal 2026-11-02T05:00",
        });
        checkAt(ownRules([[0, 90]]), {
          "2026-11-01T05:29:45Z": "hours-ending us-federal 2026-11-01T06:00",
          "2026-11-01T05:59:59Z": "outside-hours us-federal 2026-11-01T06:00",
          "2026-11-01T06:00:00Z": "allow",
        });
      });
  });

  it("has words in both languages for every reason", () => {
    for (const code of Object.keys(blockRules) as (keyof typeof blockTexts)[]) {
      expect(blockTexts[code].what.zh, code).to.match(/\p{Script=Han}/u);
      expect(blockTexts[code].mend.en, code).to.match(/^[ -~]+$/);
    }
  });
});

describe("the jurisdiction packs", () => {
  it("all name a source for every rule, and say which are drafts", () => {
    for (const pack of packs) {
      for (const { source } of pack.rules) expect(source.text.length, pack.id).to.be.above(10);
    }
    expect(packs.filter(({ status }) => status === "draft").map(({ id }) => id).sort())
      .to.eql(["cn-marketing", "fr", "uk", "us-ok", "us-recording"]);
  });

  it("hold the US federal rules", () => {
    law("before 8:00 a.m. or after 9:00 p.m. local time at the called person's location",
      ["US-NY", "marketing", "America/New_York"], {
        "2026-11-23T12:59:00Z": "outside-hours us-federal 2026-11-23T13:00",
        "2026-11-23T13:00:00Z": "allow",
        "2026-11-24T01:59:00Z": "allow",
        "2026-11-24T02:00:00Z": "outside-hours us-federal 2026-11-24T13:00",
      });
    law("a version of the registry obtained no more than 31 days prior",
      ["US-NY", "marketing", "America/New_York"], {
        "2026-11-23T16:59:45Z": "allow", "2026-11-23T16:59:46Z": "registry-too-old us-federal",
      }, { doNotCall: { listed: false, registryAsOf: at("2026-10-23T17:00:00Z") } });
  });

  it("let every zone a lead may be in decide", () => {
    law("local time at the called person's location", ["US", "marketing",
      "America/New_York+America/Los_Angeles"], {
      "2026-11-23T15:59:00Z": "outside-hours us-federal 2026-11-23T16:00",
      "2026-11-23T16:00:00Z": "allow",
    });
  });

  it("let the strictest of all that apply win", () => {
    const night = "2026-11-24T01:30:00Z";
    law("8 a.m. to 8 p.m. in Florida", ["US-FL", "marketing", "America/New_York"],
      { [night]: "outside-hours us-fl 2026-11-24T13:00" });
    law("8 a.m. to 9 p.m. in New York", ["US-NY", "marketing", "America/New_York"],
      { [night]: "allow" });
    law("either by area code or by postcode", ["US-NY+US-WA", "marketing", "America/New_York"],
      { [night]: "outside-hours us-wa 2026-11-24T13:00" });
    law("no area known: every state's rules", ["US", "marketing", "America/New_York"],
      { [night]: "outside-hours us-fl 2026-11-24T13:00" });
  });

  it("hold Florida's three calls in any 24 hours", () => {
    const history = historyOf([contact("2026-11-22T18:00:00Z"), contact("2026-11-23T01:00:00Z"),
      contact("2026-11-23T14:00:00Z")]);
    law("more than three calls to a person over a 24-hour period",
      ["US-FL", "marketing", "America/New_York"], {
        "2026-11-23T17:59:59Z": "cap-reached us-fl 2026-11-23T18:00",
        // The first of the three may have gone out some seconds after it was stored.
        "2026-11-23T18:00:14Z": "cap-reached us-fl 2026-11-23T18:00",
        "2026-11-23T18:00:15Z": "allow",
      }, { history });
  });

  it("hold Regulation F's seven in seven days, and its week after a conversation", () => {
    const seven = Array.from({ length: 7 }, (_, i) => contact(`2026-11-${16 + i}T18:00:00Z`));
    law("more than seven times within seven consecutive days",
      ["US-NY", "collections", "America/New_York"], {
        "2026-11-22T18:30:00Z": "outside-hours default 2026-11-23T15:00",
        "2026-11-20T19:30:00Z": "allow",
      }, { history: historyOf(seven.slice(0, 2)) });
    law("more than seven times within seven consecutive days",
      ["US-NY", "collections", "America/New_York"],
      { "2026-11-23T19:30:00Z": "allow" }, { history: historyOf(seven) });
    law("more than seven times within seven consecutive days",
      ["US-NY", "collections", "America/New_York"],
      { "2026-11-23T19:30:00Z": "cap-reached us-collections 2026-11-24T05:00" },
      { history: historyOf([...seven, contact("2026-11-17T15:00:00Z")]) });
    law("within seven consecutive days after a conversation, whose date is the first day",
      ["US-NY", "collections", "America/New_York"], {
        "2026-11-24T19:00:00Z": "cool-down us-collections 2026-11-25T05:00",
        "2026-11-25T19:00:00Z": "allow",
      }, { history: historyOf([contact("2026-11-18T19:00:00Z", "conversation")]) });
  });

  it("hold France's hours, holidays, four a month and sixty days", () => {
    const france = ["FR", "marketing", "Europe/Paris"] as const;
    law("du lundi au vendredi, de 10 heures à 13 heures et de 14 heures à 20 heures", france, {
      "2026-11-23T08:59:00Z": "outside-hours fr 2026-11-23T09:00",
      "2026-11-23T11:59:00Z": "allow",
      "2026-11-23T12:00:00Z": "outside-hours fr 2026-11-23T13:00",
      "2026-11-20T19:00:00Z": "outside-hours fr 2026-11-23T09:00",
    });
    law("sauf lorsque ces jours sont fériés", france, {
      "2026-04-06T09:00:00Z": "holiday fr 2026-04-07T08:00",
      "2026-05-14T09:00:00Z": "holiday fr 2026-05-15T08:00",
      "2026-05-25T09:00:00Z": "holiday fr 2026-05-26T08:00",
      "2026-07-14T09:00:00Z": "holiday fr 2026-07-15T08:00",
    });
    law("plus de quatre fois au cours d'une période de trente jours calendaires", france, {
      "2026-11-23T09:30:00Z": "cap-reached fr 2026-11-24T23:00",
    }, { history: historyOf(["2026-10-26", "2026-11-03", "2026-11-12", "2026-11-16"]
      .map((day) => contact(`${day}T10:00:00Z`))) });
    law("avant l'expiration d'une période de soixante jours calendaires révolus", france, {
      "2026-11-20T09:30:00Z": "cool-down fr 2026-11-20T23:00",
      "2026-11-23T09:30:00Z": "allow",
    }, { history: historyOf([contact("2026-09-21T10:00:00Z", "conversation", true)]) });
  });

  it("hold Australia's week", () => {
    law("weekdays 9 to 20, Saturdays 9 to 17, none on Sundays and national public holidays",
      ["AU", "marketing", "Australia/Sydney"], {
        "2026-11-23T08:59:00Z": "allow",
        "2026-11-23T09:00:00Z": "outside-hours au 2026-11-23T22:00",
        "2026-11-28T05:59:00Z": "allow",
        "2026-11-28T06:00:00Z": "outside-hours au 2026-11-29T22:00",
        "2026-12-25T01:00:00Z": "holiday au 2026-12-28T22:00",
      });
  });

  it("hold China's three kinds of campaign", () => {
    const china = (purpose: Purpose) => ["CN", purpose, "Asia/Shanghai"] as const;
    law("每日21时至次日9时不得呼出销售", china("insurance"), {
      "2026-11-23T00:59:00Z": "outside-hours cn-insurance 2026-11-23T01:00",
      "2026-11-23T12:59:00Z": "allow",
      "2026-11-23T13:00:00Z": "outside-hours cn-insurance 2026-11-24T01:00",
    });
    law("不少于6个月的禁止拨打时限", china("insurance"), {
      "2026-11-23T05:00:00Z": "cool-down cn-insurance 2026-12-02T16:00",
    }, { history: historyOf([contact("2026-06-01T05:00:00Z", "conversation", true)]) });
    law("每日与债务人有效互动通话不超过3次", china("collections"), {
      "2026-11-23T13:30:00Z": "cap-reached cn-collections 2026-11-23T16:00",
    }, { history: historyOf(["01", "03", "05"].map((hour) =>
      contact(`2026-11-23T${hour}:00:00Z`, "conversation"))) });
    law("未经同意不得拨打商业性电话", china("marketing"),
      { "2026-11-23T05:00:00Z": "consent-missing cn-marketing" }, { consent: "none" });
  });

  it("leave the United Kingdom's abandoned people in peace for 72 hours", () => {
    law("no call for 72 hours after an abandoned one", ["GB", "marketing", "Europe/London"], {
      "2026-11-23T10:59:00Z": "cool-down uk 2026-11-23T11:00", "2026-11-23T11:00:15Z": "allow",
    }, { history: historyOf([contact("2026-11-20T11:00:00Z", "abandoned")]) });
  });

  it("hold the bank holidays of the whole United Kingdom, in the years that have a list", () => {
    law("bank holidays of England and Wales, Scotland and Northern Ireland",
      ["GB", "marketing", "Europe/London"], {
        "2026-11-30T11:00:00Z": "holiday uk 2026-12-01T10:00",
        "2026-12-28T11:00:00Z": "holiday uk 2026-12-29T10:00",
        "2027-07-12T11:00:00Z": "holiday uk 2027-07-13T09:00",
        "2028-12-22T11:00:00Z": "allow",
        "2028-12-29T20:00:00Z": "outside-hours default",
        "2029-01-03T11:00:00Z": "holidays-missing uk",
      });
  });

  it("are replaced by the strict default where there is none", () => {
    law("nobody is called without consent", ["BR", "marketing", "America/Sao_Paulo"],
      { "2026-11-23T14:00:00Z": "consent-missing default" }, { consent: "none" });
    law("the hours all packs have in common", ["BR", "marketing", "America/Sao_Paulo"],
      { "2026-11-21T14:00:00Z": "outside-hours default 2026-11-23T13:00" });
  });

  it("beep as often as whoever asks for the most, and only where beeps are the strictest", () => {
    const house = (rule: string): Pack => readPack(`{ id: house, version: 2026-11-25,
      status: active, country: "*", title: { en: House, zh: 自定 },
      rules: [{ kind: recording, ${rule}, source: { text: our own rule } }] }`, "house.yaml");
    const found = (...rulesAdded: readonly string[]): unknown =>
      rulesetFor([...packs, ...rulesAdded.map(house)], placesOf("US-NY"), "marketing").recording;
    expect(found("policy: beep, everySeconds: 15", "policy: beep, everySeconds: 10"))
      .to.include({ policy: "beep", beepSeconds: 10 });
    expect(found("policy: beep, everySeconds: 15", "policy: announce"))
      .to.include({ policy: "announce", beepSeconds: undefined });
    for (const wrong of ["policy: beep", "policy: beep, everySeconds: 4",
      "policy: announce, everySeconds: 15"]) {
      expect(() => found(wrong), wrong).to.throw(/rules\[0\]\.everySeconds cannot be used/);
    }
  });

  it("choose the strictest recording policy of both parties", () => {
    const [ny, fl, br] = ["US-NY", "US-FL", "BR"].map((place) => rules(place, "marketing"));
    const pairs = [[ny, ny], [ny, fl], [fl, ny], [ny, br]].map(([one, other]) =>
      one && other && strictestRecording(recordingUnder(one), recordingUnder(other)).policy);
    expect(pairs).to.eql(["record", "announce", "announce", "announce"]);
    const beep = (beepSeconds: number) => ({ policy: "beep", beepSeconds } as const);
    expect(strictestRecording(beep(15), beep(10))).to.eql(beep(10));
    expect(strictestRecording(beep(15), { policy: "record" })).to.eql(beep(15));
    expect(strictestRecording({ policy: "announce" }, beep(15))).to.eql({ policy: "announce" });
  });
});
