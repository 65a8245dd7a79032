/** Owns facts under which the gate allows, for tests to change one thing of. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { instant, type Instant } from "../clock.ts";
import { packsDir, rangesFile } from "../engine/pack-files.ts";
import { Destinations } from "./destinations.ts";
import type { Contact } from "./frequency.ts";
import type { Decision, GateFacts } from "./gate.ts";
import { readPack, type Purpose } from "./pack.ts";
import { readRanges } from "./ranges.ts";
import { rulesetFor, type Place, type Ruleset } from "./ruleset.ts";

export const packs = readdirSync(packsDir).map((file) =>
  readPack(readFileSync(join(packsDir, file), "utf8"), file));

export const ranges = readRanges(readFileSync(rangesFile, "utf8"), "high-risk.yaml");

/** `US !+44 +4479*`: allowed, forbidden, allowed with its high-risk numbers. */
export const destinations = (words: string): Destinations => new Destinations(
  words.split(" ").filter((word) => word !== "").map((word) => ({
    what: word.replace(/[!*]/g, ""), highRisk: word.endsWith("*"),
    verdict: word.startsWith("!") ? "forbidden" : "allowed",
  })), ranges);

/** `US-FL+US-WA` are the places a lead may be in. */
export const placesOf = (words: string): readonly Place[] =>
  words === "" ? [] : words.split("+").map((word) => {
    const [country = "", area] = word.split("-");
    return { country, area };
  });

export const rules = (words: string, purpose: Purpose): Ruleset =>
  rulesetFor(packs, placesOf(words), purpose);

export const at = (iso: string): Instant => instant(Date.parse(iso));

export const contact = (
  iso: string, result: Contact["result"] = "unanswered", refused = false,
): Contact => ({ at: at(iso), result, refused });

export const historyOf = (contacts: readonly Contact[]): NonNullable<GateFacts["history"]> => {
  const newestFirst = [...contacts].sort((a, b) => b.at - a.at);
  return { number: newestFirst, person: newestFirst, company: newestFirst };
};

const usOnly = destinations("US");

export const factsFor = (ruleset: Ruleset, now: Instant, zones: readonly string[]): GateFacts => ({
  now, readAt: now, killSwitchOn: false, campaignState: "running", rules: ruleset,
  lead: { zones, number: "+12125550100", country: "US", lineType: "mobile" },
  consent: "given", doNotCall: { listed: false, registryAsOf: now },
  history: historyOf([]), destinations: usOnly,
  callerId: { authorised: true, dialed: 0, dailyMax: 100, freeAt: undefined },
  trunk: { readAt: now, channelsFree: 1, channels: 1, tokens: 1 },
  abandon: {
    readAt: now, answered: 0, abandoned: 0, rateMax: 0.03, lent: 0, agentReserved: false,
  },
});

/** `allow`, or the code, the pack behind it and until when. */
export const shown = (decision: Decision): string => decision.verdict === "allow" ? "allow"
  : [decision.code, decision.source.pack,
    decision.until === undefined ? "" : new Date(decision.until).toISOString().slice(0, 16)]
    .filter((each) => each !== "").join(" ");
