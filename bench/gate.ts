/**
 * Owns the measurement of the gate: decisions per second on one core, over leads in many zones
 * with histories, at moments spread over a week, so that all answers occur. Reach: 200,000/s.
 */
import { instant, type Instant } from "../src/clock.ts";
import type { Contact } from "../src/compliance/frequency.ts";
import { Destinations } from "../src/compliance/destinations.ts";
import { decideDial, type GateFacts } from "../src/compliance/gate.ts";
import { rulesetFor } from "../src/compliance/ruleset.ts";
import { loadRulebook } from "../src/engine/pack-files.ts";
import { below, seededRandom } from "../src/random.ts";

const DECISIONS = 2_000_000;
const REACH = 200_000;
const NOW = Date.UTC(2026, 10, 23, 17);
const random = seededRandom("bench-gate");
const { packs, ranges } = await loadRulebook();
const allowed = ["US", "CA", "FR", "AU", "CN", "GB"].map((what) =>
  ({ what, verdict: "allowed" as const, highRisk: false }));
const forbidden = ["+4470", "+3389", "+1900"].map((what) =>
  ({ what, verdict: "forbidden" as const, highRisk: false }));
const destinations = new Destinations([...allowed, ...forbidden], ranges);

const places = [
  { country: "US", area: "FL", number: "+13055550100", zones: ["America/New_York", "America/Chicago"] },
  { country: "US", area: undefined, number: "+12125550100", zones: ["America/New_York", "America/Los_Angeles"] },
  { country: "FR", area: undefined, number: "+33123456789", zones: ["Europe/Paris"] },
  { country: "AU", area: undefined, number: "+61291234567", zones: ["Australia/Sydney", "Australia/Perth"] },
  { country: "CN", area: undefined, number: "+8613800138000", zones: ["Asia/Shanghai"] },
].map((place) => ({ ...place, rules: rulesetFor(packs, [place], "insurance") }));

function factsOf(at: Instant): GateFacts {
  const place = places[below(random, places.length)] ?? places[0];
  if (place === undefined) throw new Error("no places");
  const history = Array.from({ length: below(random, 8) }, (_, i): Contact => ({
    at: instant(at - (i + 1) * 9 * 3_600_000), result: "unanswered", refused: false,
  }));
  return {
    now: at, readAt: at, killSwitchOn: false, campaignState: "running", rules: place.rules,
    lead: {
      zones: place.zones, number: place.number, country: place.country, lineType: "mobile",
    },
    consent: "given", doNotCall: { listed: false, registryAsOf: at },
    history: { number: history, person: history, company: history }, destinations,
    callerId: { authorised: true, dialed: below(random, 200), dailyMax: 190, freeAt: at },
    trunk: { readAt: at, channelsFree: 1, channels: 1, tokens: 1 },
    abandon: {
      readAt: at, answered: 100, abandoned: 1, rateMax: 0.03, lent: 0, agentReserved: false,
    },
  };
}

const week = 7 * 86_400_000;
const facts = Array.from({ length: 20_000 }, () => factsOf(instant(NOW + below(random, week))));
const answers: Record<string, number> = {};
for (const each of facts) {
  const decision = decideDial(each);
  const answer = decision.verdict === "allow" ? "allow" : decision.code;
  answers[answer] = (answers[answer] ?? 0) + 1;
}
const began = process.hrtime.bigint();
for (let i = 0; i < DECISIONS; i++) decideDial(facts[i % facts.length] ?? factsOf(instant(NOW)));
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const perSecond = Math.round(DECISIONS / seconds);
console.log(JSON.stringify({
  bench: "gate", decisions: DECISIONS, perSecond, reach: REACH, reached: perSecond >= REACH, answers,
}, null, 2));
