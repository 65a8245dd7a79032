/**
 * Owns the public of the demo: who is on the list, and what each does when the phone rings, drawn
 * from a seed. Pure. The numbers are of the range that the North American plan keeps for fiction
 * (555-0100 to 555-0199 in every area), so that nobody could be rung even by a list that escaped.
 */
import { below, logNormal, type Random } from "../../random.ts";
import type { DialNumber } from "../../ids.ts";

/** In the order of the codes that the SIPp scenario branches on, from 0. */
export const behaviours = [
  "talks", "hangs-up-at-once", "machine", "busy", "no-answer", "rejected", "unknown-number",
  "congested", "early-media", "intercepted", "early-answer",
] as const;
export type Behaviour = (typeof behaviours)[number];

/** What a person does with one call. */
export interface Conduct {
  readonly behaviour: Behaviour;
  /** From the call's arrival to the answer or refusal, milliseconds. */
  readonly ringMs: number;
  /** From the answer to the person's own hang-up, if nobody else hangs up before. */
  readonly talkMs: number;
}

export interface Person {
  readonly number: DialNumber;
  readonly name: string;
  readonly first: Conduct;
  /** From the second call on. */
  readonly later: Conduct;
}

/**
 * Of 1,000 people. An old list: two of five answer, and a third of the numbers are refused or dead.
 * Fewer ring out than in life, so that three minutes show conversations and not ringing.
 */
const mix: Readonly<Record<Behaviour, number>> = {
  "talks": 310,
  "hangs-up-at-once": 40,
  "machine": 60,
  "busy": 110,
  "no-answer": 25,
  "rejected": 160,
  "unknown-number": 190,
  "congested": 50,
  "early-media": 25,
  "intercepted": 20,
  "early-answer": 10,
};

/** Area codes in service; each has a hundred fictional numbers. */
const areas = [
  201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 301, 302,
  303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 401, 402, 404,
  405, 406, 407, 408, 409, 410, 412, 413, 414, 415, 417, 419,
];
export const peopleMax = areas.length * 100;

/** Whether a number is of the fictional range; the demo dials no other. */
export const isFictional = (number: string): boolean => /^\+1[2-9]\d\d55501\d\d$/.test(number);

const givenNames = [
  "Ada", "Bo", "Chen", "Dana", "Emil", "Fatima", "Guo", "Hana", "Ivo", "Jun", "Kofi", "Li", "Mei",
  "Nils", "Olga", "Pia", "Qiang", "Rosa", "Sven", "Tao", "Uma", "Vera", "Wei", "Xia", "Yara", "Zoe",
];
const familyNames = [
  "Abel", "Bai", "Cruz", "Deng", "Evans", "Fang", "Gray", "Huang", "Ito", "Jansen", "Kim", "Liu",
  "Moreau", "Novak", "Okoye", "Park", "Qian", "Rossi", "Sato", "Tang", "Urban", "Vance", "Wang",
  "Xu", "Young", "Zhao",
];

const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)] as T;
const clamp = (value: number, least: number, most: number): number =>
  Math.round(Math.min(most, Math.max(least, value)));

function drawBehaviour(random: Random): Behaviour {
  let left = below(random, Object.values(mix).reduce((sum, each) => sum + each, 0));
  for (const behaviour of behaviours) {
    left -= mix[behaviour];
    if (left < 0) return behaviour;
  }
  throw new Error("a draw beyond the mix");
}

/** Answer delays are log-normal (Freeman and others found so for ringing); ours are hurried. */
const drawRing = (random: Random): number =>
  clamp(logNormal(random, { mean: 900, cv: 0.6 }), 300, 8_000);

/** A machine speaks its greeting and waits; a person talks, also log-normal. */
function conduct(random: Random, behaviour: Behaviour): Conduct {
  const ringMs = drawRing(random);
  switch (behaviour) {
    case "talks":
    case "early-answer":
      return {
        behaviour, ringMs,
        // Who waited the whole two seconds for an agent still has a second to be heard in.
        talkMs: clamp(logNormal(random, { mean: 3_000, cv: 0.3 }), 3_000, 8_000),
      };
    case "hangs-up-at-once":
      return { behaviour, ringMs, talkMs: 0 };
    case "machine":
      return { behaviour, ringMs, talkMs: 4_000 };
    case "busy":
    case "unknown-number":
    case "congested":
      // The network says this, and it does not wait for a person.
      return { behaviour, ringMs: 60, talkMs: 0 };
    case "intercepted":
      // From the first of the three tones to the end of the announcement behind them.
      return { behaviour, ringMs: 12_000, talkMs: 0 };
    case "rejected":
    case "no-answer":
    case "early-media":
      return { behaviour, ringMs, talkMs: 0 };
  }
}

/**
 * Who was congested or busy answers and talks when rung again. For congestion it must be so: such
 * a call spends no attempt, so a number that stayed congested would be dialed for ever and the
 * campaign would never come to its end.
 */
const laterBehaviour = (first: Behaviour): Behaviour =>
  first === "congested" || first === "busy" ? "talks" : first;

/** The same seed and count give the same people; a longer list begins with the shorter one. */
export function drawPeople(random: Random, count: number): readonly Person[] {
  const names = random.fork("names");
  const conducts = random.fork("conducts");
  return Array.from({ length: count }, (_, i): Person => {
    const behaviour = drawBehaviour(conducts);
    const area = areas[Math.floor(i / 100)] ?? 0;
    return {
      number: `+1${area}55501${String(i % 100).padStart(2, "0")}` as DialNumber,
      name: `${pick(names, givenNames)} ${pick(names, familyNames)}`,
      first: conduct(conducts, behaviour),
      later: conduct(conducts, laterBehaviour(behaviour)),
    };
  });
}
