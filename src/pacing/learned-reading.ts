/**
 * Owns reading back what a floor taught, as it was stored. It decides how many people are called,
 * so that nothing of it is believed that another version, or a slip, may have written. Pure.
 */
import { BIN_COUNT, type Durations } from "./durations.ts";
import { nothingLearned, RISK_HIGHEST, RISK_LOWEST, type LearnedFloor } from "./learned.ts";

type Reads = (value: unknown) => boolean;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const amount: Reads = (value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;

const within = (lowest: number, highest: number): Reads => (value) =>
  typeof value === "number" && value >= lowest && value <= highest;

/** Those keys and no others, each as told. */
const shaped = (keys: Readonly<Record<string, Reads>>): Reads => (value) =>
  isRecord(value) && Object.keys(value).length === Object.keys(keys).length
  && Object.entries(keys).every(([key, reads]) => reads(value[key]));

const amounts = (count?: number): Reads => (value) => Array.isArray(value)
  && (count === undefined || value.length === count) && value.every(amount);

const some: Reads = (value) => within(1e-6, Infinity)(value) && Number.isFinite(value);

const durations: Reads = shaped({
  counts: shaped({ ended: amounts(BIN_COUNT), total: some, sumMs: some }),
  fresh: amounts(),
} satisfies Record<keyof Durations, Reads>);

const ring = shaped({ answered: durations, unanswered: durations });

const pace = shaped({
  calls: amount, talkMs: amount, talkExpectedMs: amount,
  wrapUps: amount, wrapUpMs: amount, wrapUpExpectedMs: amount,
});

const learned: Reads = shaped({
  version: (value) => value === nothingLearned().version,
  talk: durations, wrapUp: durations,
  rings: shaped({ all: ring, mobile: ring, landline: ring }),
  agents: (value) => isRecord(value) && Object.values(value).every(pace),
  returns: shaped({ calls: some, back: amount }),
  odds: shaped({
    lines: amount, predicted: amount, squares: amount, products: amount, answers: amount,
    answersLately: amount, expectedLately: some,
  }),
  cells: shaped({
    all: shaped({ lines: some, answers: amount }),
    levels: (value) => isRecord(value)
      && Object.values(value).every(shaped({ lines: some, answers: amount })),
  }),
  failing: within(0, 1),
  logRisk: within(RISK_LOWEST, RISK_HIGHEST),
} satisfies Record<keyof LearnedFloor, Reads>);

/** Undefined when it is not, to the last number, what this version writes. */
export const readLearned = (stored: unknown): LearnedFloor | undefined =>
  learned(stored) ? stored as LearnedFloor : undefined;
