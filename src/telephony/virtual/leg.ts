/** Owns what the virtual switch keeps of its legs, calls and phones while they are there. */
import type { Instant, Timer } from "../../clock.ts";
import type { CallId, LegId, PhoneName } from "../../ids.ts";
import type { LegTags, LiveLeg, PlaceLeg } from "../pbx.ts";
import type { Callee, PhoneUser } from "./world.ts";

export interface Leg {
  readonly leg: LegId;
  readonly tags: LegTags;
  readonly phone: PhoneName | undefined;
  readonly order: PlaceLeg | undefined;
  readonly callee: Callee | undefined;
  state: LiveLeg["state"];
  since: Instant;
  answeredAt: Instant | undefined;
  call: CallId | undefined;
  /** What the far end does next of itself; replaced when it changes its mind. */
  next: Timer | undefined;
  /** The switch's own ring time-out, and greetings under way. */
  readonly timers: Set<Timer>;
}

export interface Call {
  readonly leadLeg: LegId;
  readonly agentLeg: LegId;
}

export interface Phone {
  readonly user: PhoneUser;
  reachable: boolean;
}

type Made = Pick<Leg, "leg"> & Partial<Pick<Leg, "phone" | "order" | "callee">>;

export const newLeg = ({ leg, phone, order, callee }: Made, since: Instant): Leg => ({
  leg, phone, order, callee, tags: order?.tags ?? {}, state: "dialing", since,
  answeredAt: undefined, call: undefined, next: undefined, timers: new Set(),
});

export const isAnswered = ({ state }: Leg): boolean => state === "answered" || state === "up";
