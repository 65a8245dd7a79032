/** Owns what tests on real parts ask of a floor: its public, what was stored, what was heard. */
import type { DialNumber } from "../../ids.ts";
import type { Behaviour, Person } from "../demo/people.ts";
import type { Phone } from "../demo/phone.ts";
import type { Floor } from "./bench.ts";
import { toneMs } from "./hearing.ts";

/** What is stored of one attempt. */
export interface Told {
  readonly attempt: string;
  readonly number: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly spent: boolean | null;
  readonly disposition: string | null;
  readonly facts: readonly ToldFact[];
}

export interface ToldFact {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How sure we must be that words were heard; see `likeness`. */
export const surely = 0.85;

export interface SmallPublic<Kind extends Behaviour> {
  readonly people: readonly Person[];
  numberOf(kind: Kind): DialNumber;
}

/** One person of each kind, who behaves alike whenever called. */
export function onePersonOfEach<Kind extends Behaviour>(
  kinds: readonly Kind[],
): SmallPublic<Kind> {
  const numberOf = (kind: Kind): DialNumber => `+1201555010${kinds.indexOf(kind)}` as DialNumber;
  return {
    numberOf,
    people: kinds.map((behaviour) => {
      // Tones and announcement take their time before the network lets the call go.
      const ringMs = behaviour === "intercepted" ? 12_000 : 200;
      const conduct = { behaviour, ringMs, talkMs: 1_500 };
      return { number: numberOf(behaviour), name: behaviour, first: conduct, later: conduct };
    }),
  };
}

export const fact = (told: Told, type: string): ToldFact | undefined =>
  told.facts.find((each) => each.type === type);

export const factAt = (told: Told, type: string): number => fact(told, type)?.at ?? NaN;

export const summary = ({ outcome, reason, spent }: Told): string =>
  `${outcome} ${reason} ${spent === true ? "spent" : "free"}`;

export const count = (told: Told, type: string): number =>
  told.facts.filter((each) => each.type === type).length;

/** The agent ends the conversation and says what came of it; resolves when ready again. */
export async function endCall(floor: Floor, phone: Phone): Promise<void> {
  await phone.press("*7");
  await floor.agentIs(phone.name, "wrap-up");
  await phone.press("1");
  await floor.agentIs(phone.name, "ready");
}

/** Resolves with the rows of both legs when their files are whole. */
export const wholeRecordings = (floor: Floor, attempt: string): Promise<
  readonly { readonly file: string }[]
> => floor.until("two whole recordings", async () => {
  const found = await floor.recordingsOf(attempt);
  return found.length === 2 && found.every(({ state }) => state === "whole") ? found : undefined;
});

/** Waits until `phone` hears `hz`, in what comes from now on. */
export function hears(floor: Floor, phone: Phone, hz: number): Promise<true> {
  const from = phone.heard().length;
  return floor.until(`${hz} Hz at ${phone.name}'s ear`, async () =>
    toneMs(phone.heard().subarray(from), hz) >= 300 || undefined);
}
