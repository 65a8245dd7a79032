/**
 * Owns the measurement of the gate: decisions per second on one core, over leads in many zones
 * with histories, at moments spread over a week, so that all answers occur. Reach: 200,000/s.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { instant, type Instant } from "../src/clock.ts";
import type { Contact } from "../src/compliance/frequency.ts";
import { decideDial, type GateFacts } from "../src/compliance/gate.ts";
import { readPack } from "../src/compliance/pack.ts";
import { rulesetFor } from "../src/compliance/ruleset.ts";
import { packsDir } from "../src/engine/pack-files.ts";
import { below, seededRandom } from "../src/random.ts";

const DECISIONS = 2_000_000;
const REACH = 200_000;
const NOW = Date.UTC(2026, 10, 23, 17);
const random = seededRandom("bench-gate");
const packs = readdirSync(packsDir).map((file) =>
  readPack(readFileSync(join(packsDir, file), "utf8"), file));

const places = [
  { country: "US", area: "FL", zones: ["America/New_York", "America/Chicago"] },
  { country: "US", area: undefined, zones: ["America/New_York", "America/Los_Angeles"] },
  { country: "FR", area: undefined, zones: ["Europe/Paris"] },
  { country: "AU", area: undefined, zones: ["Australia/Sydney", "Australia/Perth"] },
  { country: "CN", area: undefined, zones: ["Asia/Shanghai"] },
].map((place) => ({ ...place, rules: rulesetFor(packs, [place], "insurance") }));

function factsOf(at: Instant): GateFacts {
  const place = places[below(random, places.length)] ?? places[0];
  if (place === undefined) throw new Error("no places");
  const history = Array.from({ length: below(random, 8) }, (_, i): Contact => ({
    at: instant(at - (i + 1) * 9 * 3_600_000), result: "unanswered", refused: false,
  }));
  return {
    now: at, readAt: at, killSwitchOn: false, campaignState: "running", rules: place.rules,
    lead: { zones: place.zones, number: "+12125550100", lineType: "mobile" },
    consent: "given", doNotCall: { listed: false, registryAsOf: at },
    history: { number: history, person: history, company: history }, destinations: ["+"],
    callerId: { authorised: true, dialedToday: 0, dailyMax: 100 },
    trunk: { channelsFree: 1, tokens: 1 },
    abandon: { answered: 100, abandoned: 1, rateMax: 0.03, agentReserved: false },
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
