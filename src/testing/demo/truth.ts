/**
 * Owns what SIPp says happened: its log of every call, read back. It is the other side's record of
 * the campaign, written by a program that knows nothing of ours, so ours is compared with it. Pure.
 */
import { behaviours, type Behaviour } from "./people.ts";

export type CallEnd = "person-left" | "caller-left" | "cancelled" | "refused" | "lost";

export interface TrueCall {
  readonly number: string;
  /** `unlisted`: a number that is not of the demo's people. */
  readonly behaviour: Behaviour | "unlisted";
  /** Milliseconds since 1970, like the following; the INVITE's arrival. */
  readonly invitedAt: number;
  /** When the answer was sent. */
  readonly answeredAt: number | undefined;
  /** When the answer was acknowledged. */
  readonly acknowledgedAt: number | undefined;
  /** Undefined while it lasts, or when SIPp was stopped during it. */
  readonly endedAt: number | undefined;
  readonly end: CallEnd | undefined;
}

const ends: ReadonlySet<string> =
  new Set<CallEnd>(["person-left", "caller-left", "cancelled", "refused", "lost"]);
const isEnd = (event: string): event is CallEnd => ends.has(event);

type Draft = { -readonly [K in keyof TrueCall]: TrueCall[K] };

const line = /^call;([a-z-]+);(\d+);(\d+);(\d+|unlisted);(\d+)\.\d+;(\d+)\.\d+$/;

function apply(call: Draft, event: string, at: number): void {
  if (isEnd(event)) {
    // Two hang-ups may cross on the wire: the first that SIPp saw stands.
    if (call.end === undefined) { call.end = event; call.endedAt = at; }
  } else if (event === "answered") call.answeredAt = at;
  else if (event === "acknowledged") call.acknowledgedAt = at;
}

/** The calls in the order of their arrival. A torn last line and lines of others are left out. */
export function readTruth(log: string): readonly TrueCall[] {
  const calls = new Map<string, Draft>();
  for (const each of log.split("\n")) {
    const found = line.exec(each);
    if (!found) continue;
    const [, event = "", id = "", number = "", code = "", seconds, micros] = found;
    const at = Number(seconds) * 1_000 + Number(micros) / 1_000;
    const behaviour = behaviours[code === "unlisted" ? -1 : Number(code)] ?? "unlisted";
    let call = calls.get(id);
    if (!call) {
      call = {
        number: `+${number}`, behaviour, invitedAt: at, answeredAt: undefined,
        acknowledgedAt: undefined, endedAt: undefined, end: undefined,
      };
      calls.set(id, call);
    }
    apply(call, event, at);
  }
  return [...calls.values()].sort((a, b) => a.invitedAt - b.invitedAt);
}

/** Numbers that had two calls at one time: each is a person rung while on the phone with us. */
export function dialedTwiceAtOnce(calls: readonly TrueCall[]): readonly string[] {
  const busyUntil = new Map<string, number>();
  const twice = new Set<string>();
  for (const { number, invitedAt, endedAt } of calls) {
    if (invitedAt < (busyUntil.get(number) ?? 0)) twice.add(number);
    busyUntil.set(number, Math.max(busyUntil.get(number) ?? 0, endedAt ?? Infinity));
  }
  return [...twice];
}

/** Calls, answers and ways of ending per behaviour, for the report. */
type Count = "calls" | "answered" | CallEnd | "running";
export type TruthSummary = Record<string, Record<Count, number>>;

export function summarise(calls: readonly TrueCall[]): TruthSummary {
  const summary: TruthSummary = {};
  for (const { behaviour, answeredAt, end } of calls) {
    const row = summary[behaviour] ??= {
      "calls": 0, "answered": 0, "person-left": 0, "caller-left": 0, "cancelled": 0, "refused": 0,
      "lost": 0, "running": 0,
    };
    row.calls += 1;
    if (answeredAt !== undefined) row.answered += 1;
    row[end ?? "running"] += 1;
  }
  return summary;
}
