/** Owns reading what is alive on a switch now, from the lists that ARI gives. */
import { instant, type Instant } from "../../clock.ts";
import { limits } from "../../limits.ts";
import type { CallId, LegId, PhoneName } from "../../ids.ts";
import type { LiveLeg } from "../pbx.ts";
import { AriRefused, type AriClient } from "./ari-client.ts";
import {
  accountOf, answeredAtOf, callOfBridge, decodeTags, isOurBridge, phoneOf, tagsVariable,
  waiterIn,
} from "./wire.ts";

interface ListedChannel {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly creationtime: string;
  readonly dialplan: { readonly context: string; readonly app_name?: string };
}

/** A leg of ours, with what the book of legs needs to go on with it. */
export interface SurveyedLeg {
  readonly live: LiveLeg;
  readonly channel: string;
  readonly arrived: boolean;
  /** Where the call is that it is in, if it is in one. */
  readonly bridge: string | undefined;
}

export interface ListedBridge {
  readonly id: string;
  readonly channels: readonly string[];
  readonly creationtime: string;
}

/** Each leg costs a question of its own; `wanted` says which are worth it. */
export async function surveyLegs(
  ari: AriClient, wanted: (leg: LegId) => boolean = () => true,
): Promise<{
  readonly legs: readonly SurveyedLeg[]; readonly bridges: readonly ListedBridge[];
}> {
  const [channels, bridges] = await Promise.all([
    ari.request({ method: "GET", path: ["channels"] }) as Promise<readonly ListedChannel[]>,
    ari.request({ method: "GET", path: ["bridges"] }) as Promise<readonly ListedBridge[]>,
  ]);
  const sip = channels.filter(({ id, name }) =>
    accountOf(name) !== undefined && wanted(id as LegId));
  const found = await Promise.all(sip.map((each) => surveyed(ari, each)));
  return { legs: inCalls(found.filter((each) => each !== undefined), bridges), bridges };
}

/** The same legs, with the call that each is in. Who is alone in a bridge speaks with nobody. */
export function inCalls(
  legs: readonly SurveyedLeg[], bridges: readonly ListedBridge[],
): readonly SurveyedLeg[] {
  const byId = new Map(legs.map((each) => [each.live.leg, each.live]));
  const callOf = new Map<string, { readonly call: CallId; readonly bridge: string }>();
  for (const { id, channels } of bridges) {
    if (channels.length < 2) continue;
    const call = callOfBridge(id) ?? callWithWaiter(id, channels, byId);
    if (call !== undefined) for (const each of channels) callOf.set(each, { call, bridge: id });
  }
  return legs.map((each) => {
    const { call, bridge } = callOf.get(each.live.leg) ?? {};
    return { ...each, live: { ...each.live, call }, bridge };
  });
}

/**
 * The call in a bridge where a leg waits is named by the lead's leg, as every call is. A supervisor
 * may be there as well, who is no attempt.
 */
function callWithWaiter(
  bridge: string, members: readonly string[], legs: ReadonlyMap<LegId, LiveLeg>,
): CallId | undefined {
  const waiter = waiterIn(bridge);
  if (waiter === undefined || !members.includes(waiter)) return undefined;
  const others = (members as readonly LegId[]).filter((each) => each !== waiter && legs.has(each));
  const lead = others.find((each) => legs.get(each)?.tags.attempt !== undefined)
    ?? (others.length === 1 ? others[0] : undefined);
  return lead as string | undefined as CallId | undefined;
}

/**
 * Bridges that a controller of ours left behind: nobody is in them, and nobody is about to be put
 * there. A switch keeps them for ever otherwise.
 */
export const leftOver = (bridges: readonly ListedBridge[], now: Instant): readonly string[] =>
  bridges.filter(({ id, channels, creationtime }) => isOurBridge(id) && channels.length === 0
    && timeOf(creationtime) < now - limits.bridgeEmptyMs).map(({ id }) => id);

/** Undefined for a channel that somebody else made on this switch, or that has just gone. */
async function surveyed(
  ari: AriClient, channel: ListedChannel,
): Promise<SurveyedLeg | undefined> {
  const arrived = channel.dialplan.context === "ringwright-agent";
  const tags = await tagsOf(ari, channel.id);
  if (tags === undefined && !arrived) return undefined;
  return {
    live: {
      leg: channel.id as LegId,
      state: stateOf(channel),
      tags: decodeTags(tags ?? ""),
      phone: phoneOf(accountOf(channel.name)),
      call: undefined,
      since: answeredAtOf(tags ?? "") ?? timeOf(channel.creationtime),
    },
    channel: channel.name,
    arrived: tags === undefined,
    bridge: undefined,
  };
}

async function tagsOf(ari: AriClient, channel: string): Promise<string | undefined> {
  try {
    const answer = await ari.request({
      method: "GET", path: ["channels", channel, "variable"], query: { variable: tagsVariable },
    }) as { readonly value: string };
    return answer.value;
  } catch (error) {
    if (error instanceof AriRefused && error.status === 404) return undefined;
    throw error;
  }
}

/** While the dialplan does anything else with an answered leg, it takes no command of ours. */
function stateOf({ state, dialplan }: ListedChannel): LiveLeg["state"] {
  if (state === "Up") {
    return (dialplan.app_name ?? "Stasis") === "Stasis" ? "up" : "answered";
  }
  return state === "Ringing" || state === "Ring" ? "ringing" : "dialing";
}

const timeOf = (text: string): Instant => instant(Date.parse(text) || 0);

export async function reachablePhones(ari: AriClient): Promise<readonly PhoneName[]> {
  const endpoints = await ari.request({ method: "GET", path: ["endpoints", "PJSIP"] }) as
    readonly { readonly resource: string; readonly state: string }[];
  return endpoints.filter(({ state }) => state === "online")
    .map(({ resource }) => phoneOf(resource)).filter((phone) => phone !== undefined);
}
