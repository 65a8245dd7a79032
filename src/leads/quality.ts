/**
 * Owns how good a number is: valid, suspicious or dead, and by which evidence. Rules look at its
 * digits, a lookup service knows its line, and the line itself says most when it is dialed. A dead
 * number is not dialed; one live answer brings it back, whatever was said before. Pure.
 */
import type { Instant } from "../clock.ts";
import type { DialNumber } from "../ids.ts";
import { text, type Text } from "../language.ts";
import type { SpecialInformation } from "./special-information.ts";

export type Quality = "valid" | "suspicious" | "dead";

/** Who says so: our rules, a lookup service, the line, or a person at the command line. */
export type EvidenceSource = "rule" | "lookup" | "line" | "person";

export interface Evidence {
  readonly quality: Quality;
  readonly source: EvidenceSource;
  /** What was seen: a rule's name, a lookup's word, `sip 404`, `q850 1`, `sit intercept`. */
  readonly what: string;
  readonly at: Instant;
}

const suspicions = {
  "one-digit": text("one digit all over", "号码由同一数字组成"),
  "sequence": text("digits in a row", "连续数字"),
  "zeros": text("ends in six zeros or more, as rounded numbers do", "末尾有六个以上的零，疑似被取整"),
  "fictional": text("a range that films use", "影视作品专用号段"),
  "test": text("a number of examples and tests", "示例或测试号码"),
} as const satisfies Record<string, Text>;

export type Suspicion = keyof typeof suspicions;

export const suspicionText = (what: Suspicion): Text => suspicions[what];

/** Written in documents and typed by people who do not want to be called. */
const EXAMPLES: ReadonlySet<string> = new Set([
  "+8613800138000", "+8613812345678", "+8613888888888", "+14155550100", "+14155552671",
  "+442079460000", "+491701234567",
]);

const UP = "01234567890123456789";
const DOWN = "98765432109876543210";

/** Reserved for fiction: NANP 555-0100 to 555-0199; Ofcom's drama ranges. */
const FICTIONAL = /^\+1\d{3}55501\d\d$|^\+44(?:20794600|7700900|1632960|11349600)\d{2,3}$/;

/** What is odd about a number that exists; undefined when nothing is. */
export function suspicionOf(number: DialNumber): Suspicion | undefined {
  if (FICTIONAL.test(number)) return "fictional";
  if (EXAMPLES.has(number)) return "test";
  const end = number.slice(-8);
  if (/^(\d)\1{7}$/.test(end)) return end.startsWith("0") ? "zeros" : "one-digit";
  if (/0{6}$/.test(end)) return "zeros";
  return UP.includes(end) || DOWN.includes(end) ? "sequence" : undefined;
}

/** What an attempt heard of its number. */
export interface HeardOnLine {
  readonly answered: boolean;
  /** The attempt's reason, as telephony/cause.ts words it. */
  readonly reason: string | undefined;
  readonly sip: number | undefined;
  readonly q850: number | undefined;
  /** Special information tones, where the switch heard them before an answer. */
  readonly tones?: SpecialInformation | undefined;
}

/**
 * Q.850: 1 unallocated number, 22 number changed, 28 invalid format. SIP: 404 not found, 410 gone,
 * 484 address incomplete, 604 does not exist anywhere (RFC 3261, RFC 3398). Cause 3 (no route), and
 * 404 without a cause, are also said for routes that are down: suspicious, until they say it again.
 * So are the plain tones of E.180, which name no reason, and cause 4, which asks for those tones.
 */
const DEAD_CAUSES: ReadonlySet<number> = new Set([1, 22]);
const DOUBTFUL_CAUSES: ReadonlySet<number> = new Set([3, 4, 28]);
const DEAD_CODES: ReadonlySet<number> = new Set([410, 604]);
const DOUBTFUL_CODES: ReadonlySet<number> = new Set([404, 484]);

/** A verdict of the line, or undefined when it said nothing of the number. */
export function verdictOf(heard: HeardOnLine): Pick<Evidence, "quality" | "what"> | undefined {
  if (heard.answered) return { quality: "valid", what: "answered" };
  const { tones, q850, sip, reason } = heard;
  if (tones === "vacant" || tones === "intercept") return { quality: "dead", what: `sit ${tones}` };
  // What the network was the matter with it says of itself, whatever cause comes behind it.
  if (tones === "no-circuit" || tones === "reorder") return undefined;
  if (q850 !== undefined && DEAD_CAUSES.has(q850)) return { quality: "dead", what: `q850 ${q850}` };
  if (sip !== undefined && DEAD_CODES.has(sip)) return { quality: "dead", what: `sip ${sip}` };
  if (tones !== undefined) return { quality: "suspicious", what: "sit" };
  if (reason === "number-changed") return { quality: "dead", what: reason };
  if (q850 !== undefined && DOUBTFUL_CAUSES.has(q850)) {
    return { quality: "suspicious", what: `q850 ${q850}` };
  }
  if (sip !== undefined && DOUBTFUL_CODES.has(sip)) {
    return { quality: "suspicious", what: `sip ${sip}` };
  }
  return undefined;
}

/** Doubtful words of the line, so often without an answer in between, are believed. */
const DOUBTS_TO_DEATH = 2;

/** The quality that all evidence together gives, the oldest first; the last live answer wins. */
export function qualityOf(evidence: readonly Evidence[]): Quality {
  let quality: Quality = "valid";
  let doubts = 0;
  for (const { quality: said, source } of evidence) {
    if (said === "valid") {
      // A lookup may err for a number whose line said that it is gone; an answer does not.
      if (quality === "dead" && source !== "line" && source !== "person") continue;
      quality = "valid";
      doubts = 0;
    } else if (said === "dead") {
      quality = "dead";
    } else if (quality !== "dead") {
      if (source === "line") doubts++;
      quality = doubts >= DOUBTS_TO_DEATH ? "dead" : "suspicious";
    }
  }
  return quality;
}
