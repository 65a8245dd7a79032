/** Owns how facts of the machines look in the store: rows with a number, and back. */
import type { AgentFact } from "../agent/agent.ts";
import { unreachable } from "../errors.ts";
import { callFactTypes, type CallFact } from "../call/call.ts";
import type { AttemptChanges, FactRow } from "../store/store.ts";

export function rowOf(fact: CallFact | AgentFact, seq: number): FactRow {
  const { type, at, ...data } = fact;
  return { seq, at, type, data };
}

const known: ReadonlySet<string> = new Set(callFactTypes);

/** The fact of a row that `rowOf` made; undefined for a type of a newer version. */
export const callFactOf = (row: FactRow): CallFact | undefined =>
  known.has(row.type) ? { ...row.data, type: row.type, at: row.at } as CallFact : undefined;

/** What a fact changes in the attempt's own row. */
export function changesOf(fact: CallFact): AttemptChanges {
  switch (fact.type) {
    case "ringing":
      return { ringingAt: fact.at };
    case "answered":
      return { answeredAt: fact.answeredAt };
    case "connected":
      return { joinedAt: fact.at, agent: fact.agent };
    case "tones-heard":
      return { tones: fact.tones };
    case "outcome-set":
      return { outcome: fact.outcome };
    case "leg-ended":
      return {
        endedAt: fact.at,
        ...(fact.cause !== undefined && { q850: fact.cause.q850 }),
        ...(fact.cause?.sip !== undefined && { sip: fact.cause.sip }),
      };
    case "disposition-set":
      return { disposition: fact.code, agent: fact.agent };
    case "agent-promised":
    case "early-media":
    case "patience-set":
    case "given-up":
    case "agent-reserved":
    case "agent-lost":
    case "connecting":
    case "message-began":
    case "hang-up-began":
    case "recording-began":
    case "beeped":
    case "recording-refused":
    case "recording-ended":
    case "command-failed":
    case "ignored":
      return {};
    default:
      return unreachable(fact);
  }
}
