/**
 * Owns the port to services that know whether a number is in use: what is asked, what comes back,
 * and what goes wrong. http-lookup.ts implements it; engine/list-lookup.ts asks.
 */
import { Fault } from "../errors.ts";
import type { DialNumber } from "../ids.ts";
import type { LineWord } from "../leads/lookup-words.ts";

export interface LookupAnswer {
  readonly number: DialNumber;
  readonly line: LineWord;
  /** The service's own word for it, at most 60 characters. */
  readonly word: string;
  /** The kind of line and who has it now, where the service says so. */
  readonly kind: string | undefined;
  readonly carrier: string | undefined;
}

export interface LookupReply {
  /** Only numbers that were asked, each once; those the service passed over are not in it. */
  readonly answers: readonly LookupAnswer[];
  /** What all of it cost, in millionths, where the service says so. */
  readonly cost: number | undefined;
}

export interface NumberLookup {
  /**
   * Asks for some numbers at once. `id` names the question: a service that sees it twice may bill
   * it once. Throws LookupUnavailable for what may pass, UserError for what a person must mend.
   */
  ask(id: string, numbers: readonly DialNumber[]): Promise<LookupReply>;
  close(): Promise<void>;
}

/** The service did not answer, or not now. */
export class LookupUnavailable extends Fault {
  readonly code = "lookup-unavailable";
  readonly fault = "carrier";
  /** The service surely did not do what was asked, and so did not bill it. */
  readonly unbilled: boolean;
  /** How long the service asks us to wait. */
  readonly waitMs: number | undefined;

  constructor(
    message: string,
    { unbilled, waitMs, cause }: {
      readonly unbilled: boolean; readonly waitMs?: number | undefined; readonly cause?: unknown;
    },
  ) {
    super(message, { cause });
    this.unbilled = unbilled;
    this.waitMs = waitMs;
  }
}
