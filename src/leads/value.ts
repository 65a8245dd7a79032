/**
 * Owns what a lead is worth to a campaign now: a grade from the value of the customer's lifetime,
 * engagement that fades by half in a week, and timeliness that fades by half in three days. Pure;
 * `lead_score` in sql/ says the same for a million leads at once.
 */
import { DAY_MS, type Instant } from "../clock.ts";

export const grades = ["A", "B", "C", "D", "E"] as const;
export type Grade = (typeof grades)[number];

/** From which lifetime value on each grade is given; what is below D is E. */
export type ValueBands = Readonly<Record<Exclude<Grade, "E">, number>>;

export interface LeadScore {
  /** Undefined while nobody has said it; such a lead is taken for a D. */
  readonly lifetimeValue: number | undefined;
  /** 0 to 1, as it was at `engagedAt`. */
  readonly engagement: number;
  readonly engagedAt: Instant;
  readonly timelyAt: Instant | undefined;
}

/** How much each part counts; together 1. */
export interface ScoreWeights {
  readonly value: number;
  readonly engagement: number;
  readonly timeliness: number;
}

export const usualWeights: ScoreWeights = { value: 0.4, engagement: 0.3, timeliness: 0.3 };

export const ENGAGEMENT_HALF_MS = 7 * DAY_MS;
export const TIMELINESS_HALF_MS = 3 * DAY_MS;

const WORTH: Readonly<Record<Grade, number>> = { A: 1, B: 0.8, C: 0.6, D: 0.4, E: 0.2 };

/** What people do, and how much of their indifference it takes away. */
export const eventPoints = {
  "page-view": 0.05, "message": 0.15, "answered": 0.2, "inquiry": 0.4, "consultation": 0.5,
  "purchase": 0.6,
} as const;
export type LeadEventName = keyof typeof eventPoints;

/**
 * What a call says of the person's interest, each point as in `eventPoints`. That somebody answered
 * is `answered`; a conversation counts for its length, in full from three minutes on; a promise to
 * talk again is as good as an inquiry. What the agent's word adds or takes is the campaign's
 * `interest`. The statement `record-calls` says the same.
 */
export const callPoints = { talk: 0.3, talkFullMs: 180_000, callback: 0.4 } as const;

/** Whether each band is above the next, so that every grade can be reached. */
export const areBands = ({ A, B, C, D }: ValueBands): boolean => A > B && B > C && C > D && D >= 0;

export const isLeadEvent = (name: string): name is LeadEventName =>
  Object.hasOwn(eventPoints, name);

export function gradeOf(value: number, bands: ValueBands): Grade {
  // By the bands' height and not their letters: whoever sets them may set them askew.
  const reached = Object.entries(bands).filter(([, from]) => value >= from)
    .sort(([, a], [, b]) => b - a)[0];
  return reached === undefined ? "E" : reached[0] as Grade;
}

const faded = (since: Instant, now: Instant, halfMs: number): number =>
  2 ** (-Math.max(0, now - since) / halfMs);

export interface ScoreParts {
  readonly grade: Grade | undefined;
  readonly value: number;
  readonly engagement: number;
  readonly timeliness: number;
  /** 0 to 1. */
  readonly score: number;
}

export function scoreOf(
  lead: LeadScore,
  { now, bands, weights = usualWeights }: {
    readonly now: Instant; readonly bands: ValueBands; readonly weights?: ScoreWeights;
  },
): ScoreParts {
  const { lifetimeValue, engagedAt, timelyAt } = lead;
  const grade = lifetimeValue === undefined ? undefined : gradeOf(lifetimeValue, bands);
  const value = WORTH[grade ?? "D"];
  const engagement = lead.engagement * faded(engagedAt, now, ENGAGEMENT_HALF_MS);
  const timeliness = timelyAt === undefined ? 0 : faded(timelyAt, now, TIMELINESS_HALF_MS);
  const score = weights.value * value + weights.engagement * engagement
    + weights.timeliness * timeliness;
  return { grade, value, engagement, timeliness, score };
}

/**
 * The lead after an event: what was left of its engagement, and a share of what was missing; of
 * points below 0, which a refusal has, that share less of what was left.
 */
export function afterEvent(lead: LeadScore, points: number, at: Instant): LeadScore {
  const left = lead.engagement * faded(lead.engagedAt, at, ENGAGEMENT_HALF_MS);
  return {
    lifetimeValue: lead.lifetimeValue,
    engagement: points < 0 ? left * (1 + points) : 1 - (1 - left) * (1 - points),
    engagedAt: at, timelyAt: at,
  };
}
