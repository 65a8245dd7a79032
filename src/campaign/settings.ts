/**
 * Owns what a campaign's author decides: the contents of campaign.yaml, with its defaults, units
 * and ranges.
 */
import type { ValueBands } from "../leads/value.ts";

export type DialMode =
  /**
   * One lead per free agent, who hears or sees it first and says by a key whether it is dialed;
   * without a key within 5,000 to 300,000 ms it is dialed, or skipped, or the agent is paused.
   */
  | {
      readonly kind: "preview"; readonly decideWithinMs: number;
      readonly atTimeOver: "dial" | "skip" | "pause";
    }
  /** One line per free agent. */
  | { readonly kind: "progressive" }
  /** A fixed number of lines per free agent, 1 to 10. */
  | { readonly kind: "power"; readonly linesPerAgent: number }
  /**
   * As many lines as the forecast of the floor and the abandon limit bear. Below `progressiveBelow`
   * agents a line beyond one per free agent must keep the limit by itself; 0 by default.
   */
  | { readonly kind: "predictive"; readonly progressiveBelow?: number };

export interface DispositionKey {
  /** One key of the phone, 0 to 9. */
  readonly key: string;
  /** Stored with the attempt: `[a-z0-9-]{1,40}`. */
  readonly code: string;
  readonly label: { readonly en: string; readonly zh: string };
  /**
   * `final` retires the lead, `retry` dials it again by the rule for connected, `callback` promises
   * the person a call by this very agent, `afterMs` from now.
   */
  readonly then: "final" | "retry" | "callback";
  /** With `callback`: 1 minute to 30 days. */
  readonly afterMs?: number | undefined;
  /**
   * What it says of the person's interest: above 0 that share of what was missing of it is added,
   * below 0 taken from what there was; -1 to 1.
   */
  readonly interest?: number | undefined;
}

/** What happens to a lead after an outcome that did not finish it. */
export interface RetryRule {
  /** Pause before the lead may be dialed again; 0 to 30 days. */
  readonly afterMs: number;
  /** The lead is finished when it has spent this many attempts; 1 to 20. */
  readonly attemptsMax: number;
  /** The lead is finished when this outcome came so often; 1 to 20, without end when absent. */
  readonly timesMax?: number | undefined;
  /**
   * Whether the next dial is of the person's next number: so by default after no answer and a
   * machine.
   */
  readonly otherNumber?: boolean | undefined;
  /** Whether a second no-answer in one part of the day moves the lead on; true by default. */
  readonly otherTime?: boolean | undefined;
}

export interface CampaignSettings {
  readonly name: string;
  /** Names of the dial lists, dialed in this order. */
  readonly lists: readonly string[];
  readonly mode: DialMode;
  /** Whose agents who work for several campaigns are first: 9 before 1, 5 by default. */
  readonly priority?: number;
  /** Most lines up at once: of the campaign, for each working agent, and on any one trunk. */
  readonly lines?: {
    readonly max: number; readonly perAgentMax: number; readonly perTrunkMax: number;
  };
  /** Names of trunks, tried in order of free capacity. */
  readonly trunks: readonly string[];
  /**
   * What the campaign calls for, by which the jurisdiction packs apply. `by-trunk`, the default,
   * and `rehearsal` ask for no pack when every trunk stays on this machine; else they are
   * marketing.
   */
  readonly purpose?: "by-trunk" | "marketing" | "insurance" | "collections" | "service" | "survey"
    | "rehearsal";
  readonly callerId: { readonly number: string; readonly name: string };
  /** What the record of each call says that only the campaign's author knows. */
  readonly callRecord?: {
    /** Each up to 100 characters; empty when it is not said. */
    readonly telemarketer: string;
    readonly seller: string;
    readonly goods: string;
    readonly script: string;
    readonly calledParty: "consumer" | "business" | "not-said";
  };
  /**
   * Listens for the three tones of a number that is not in use, where there is sound before an
   * answer; true by default.
   */
  readonly hearTones?: boolean;
  /** 15,000 to 120,000; the default is 25,000. */
  readonly ringMs: number;
  /**
   * Predictive pacing gives a line up that rang for so long when nobody would be free for its
   * answer; 15,000 to `ringMs`, by which none is. 15,000 by default.
   */
  readonly ringLeastMs?: number;
  /** An answered person is abandoned when no agent is connected within this; 500 to 10,000. */
  readonly connectWithinMs: number;
  /** From when `connectWithinMs` runs; `answer` is the strictest and the default. */
  readonly measureFrom: "answer" | "greeting-start" | "greeting-end";
  /** The prompt an abandoned person hears, in `language`. */
  readonly safeHarbour: string;
  readonly language: "en" | "zh";
  /** Highest allowed abandon rate, 0 to 1; 0.03 by default. */
  readonly abandonRateMax: number;
  /**
   * Days over which it holds, 1 to 366: 1 is the last 24 hours. When absent, the packs that apply
   * say; a longer window than theirs does not hold.
   */
  readonly abandonWithinDays?: number;
  readonly record: boolean;
  /** Where agents sit who have no place of their own: `CN`, `US-CA`. */
  readonly agentsAt?: string;
  /** Seconds between tones that both sides hear while recorded, though no law asks; 5 to 60. */
  readonly recordBeep?: number;
  /** How the person called ends the recording, and what becomes of it. */
  readonly recordStop?: {
    /** One key of their phone, 0 to 9. */
    readonly key: string;
    /** To everybody, or only where a pack asks for it. */
    readonly offer: "always" | "where-asked";
    readonly files: "discard" | "keep";
  };
  /** What the agent hears when a call comes; the digits are the end of the lead's number. */
  readonly announce: readonly ("tone" | "campaign" | "digits")[];
  /** After this the default disposition is set and the agent is ready; 0 to 600,000. */
  readonly wrapUpMs: number;
  readonly dispositions: readonly DispositionKey[];
  /** The disposition set when wrap-up runs out. */
  readonly dispositionDefault: string;
  /** Which fresh lead comes first: by the lists and their rows, by value, or the newest. */
  readonly order?: "list" | "value" | "newest" | undefined;
  /**
   * From which lifetime value on a lead is an A, B, C or D; below D it is an E. By default the
   * company's, which `ringwright lead bands` sets.
   */
  readonly valueBands?: ValueBands | undefined;
  /** Percent of the lines for each list, by its name: 100 together. Else one list after another. */
  readonly mix?: Readonly<Record<string, number>> | undefined;
  /** Bounds over all outcomes: attempts of a person in one day of his own, and in the campaign. */
  readonly attempts?: {
    readonly perDayMax?: number | undefined; readonly perLeadMax?: number | undefined;
  } | undefined;
  /** A callback waits so long for its agent, then any may take it; 30 minutes by default. */
  readonly callbackHoldMs?: number | undefined;
  readonly retry: {
    readonly noAnswer: RetryRule;
    readonly busy: RetryRule;
    readonly machine: RetryRule;
    readonly abandoned: RetryRule;
    readonly hungUpEarly: RetryRule;
    readonly connected: RetryRule;
    /** For a lead that agents skip in preview; it is finished when that many skipped it. */
    readonly skipped?: RetryRule;
    /** For `failed` by a fault that is not the lead's: never spends an attempt. */
    readonly fault: { readonly afterMs: number };
  };
}
