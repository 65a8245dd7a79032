/**
 * Owns how the port's words are written for Asterisk: endpoints, sound names, variables, caller
 * ids. Each value is checked again here, whoever checked it before: these strings reach SIP and
 * the dialplan.
 */
import { UnsafeValue } from "../../errors.ts";
import type { Instant } from "../../clock.ts";
import type { AttemptId, CallId, CampaignId, Epoch, LegId, PhoneName } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { Destination, LegTags, PlaceLeg, Prompt } from "../pbx.ts";

function checked(what: string, value: string, allowed: RegExp): string {
  if (!allowed.test(value)) throw new UnsafeValue(`${what}: ${JSON.stringify(value)}`);
  return value;
}

const nameForm = /^[a-z0-9-]{1,60}$/;

/** As `PJSIP/number@trunk-name` or `PJSIP/phone`. */
export function endpointOf(to: Destination): string {
  if (to.kind === "phone") return `PJSIP/${checked("phone", to.phone, nameForm)}`;
  const number = checked("number", to.number, /^\+?[0-9]{1,32}$/);
  return `PJSIP/${number}@trunk-${checked("trunk", to.trunk, nameForm)}`;
}

/** A sound of that name, of the prompt's kind and language, below our folder of sounds. */
function soundOf(prompt: Prompt, name: string): string {
  const folder = prompt.kind === "tone" ? "tone"
    : checked("language", prompt.language, /^(en|zh)$/);
  return `${folder}/${checked("prompt", name, nameForm)}`;
}

/** Our sounds are a folder `ringwright` among Asterisk's own. */
export function mediaOf(prompt: Prompt): readonly string[] {
  const names = prompt.kind === "digits"
    ? [...checked("digits", prompt.digits, /^[0-9]{1,32}$/)].map((digit) => `digit-${digit}`)
    : [prompt.name];
  return names.map((name) => `sound:ringwright/${soundOf(prompt, name)}`);
}

function callerIdOf({ number, name }: PlaceLeg["callerId"]): string {
  const quoted = checked("caller name", name, /^[^\u0000-\u001f\u007f"\\<>]{0,80}$/);
  return `"${quoted}" <${checked("caller number", number, /^(\+?[0-9]{1,32})?$/)}>`;
}

/** Variables a leg carries, so that the switch and a later controller know what it is. */
const tagsVariable = "RINGWRIGHT_TAGS";
export { tagsVariable };

export function encodeTags(tags: LegTags): string {
  const fields: Record<string, string> = {};
  for (const [key, value] of Object.entries(tags)) {
    if (value !== undefined) fields[key] = String(value);
  }
  return new URLSearchParams(fields).toString();
}

const whole = (text: string | null): number | undefined =>
  text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
const word = (text: string | null): string | undefined =>
  text !== null && /^[^\u0000-\u001f\u007f]{1,80}$/.test(text) ? text : undefined;

/** When the leg was answered, by the switch's clock: the dialplan puts it behind the tags. */
export function answeredAtOf(text: string): Instant | undefined {
  const ms = whole(new URLSearchParams(text).get("answered"));
  return ms === undefined ? undefined : ms as Instant;
}

/** What is not as `encodeTags` writes it is left out: a leg with odd tags is nobody's. */
export function decodeTags(text: string): LegTags {
  const fields = new URLSearchParams(text);
  const attempt = word(fields.get("attempt"));
  const campaign = whole(fields.get("campaign"));
  const epoch = whole(fields.get("epoch"));
  const agent = word(fields.get("agent"));
  return {
    ...attempt === undefined ? {} : { attempt: attempt as AttemptId },
    ...campaign === undefined ? {} : { campaign: campaign as CampaignId },
    ...epoch === undefined ? {} : { epoch: epoch as Epoch },
    ...agent === undefined ? {} : { agent },
  };
}

/** Makes a phone take the call by itself: understood by Snom, Yealink, Grandstream, baresip, … */
const answerAtOnce = { "PJSIP_HEADER(add,Call-Info)": "<sip:ringwright>;answer-after=0" };

/** The body of an originate request. */
export function originateBody(order: PlaceLeg): Readonly<Record<string, unknown>> {
  if (!(order.ringMs >= 1_000 && order.ringMs <= limits.ringLongestMs)) {
    throw new UnsafeValue(`ringMs is ${order.ringMs}`);
  }
  const harbour = order.safeHarbour;
  return {
    endpoint: endpointOf(order.to),
    context: "ringwright-answered",
    extension: order.to.kind === "phone" ? "phone" : order.reportTalking ? "talk" : "s",
    priority: 1,
    callerId: callerIdOf(order.callerId),
    timeout: Math.ceil(order.ringMs / 1_000),
    variables: {
      [tagsVariable]: encodeTags(order.tags),
      // What the dialplan plays when nobody takes the leg.
      RINGWRIGHT_SAFE_HARBOUR:
        soundOf(harbour, harbour.kind === "digits" ? "safe-harbour" : harbour.name),
      ...order.to.kind === "phone" && order.to.autoAnswer ? answerAtOnce : {},
    },
  };
}

/** `PJSIP/1001-0000002a` is a channel of the account `1001`; undefined for other technologies. */
export const accountOf = (channelName: string): string | undefined =>
  /^PJSIP\/(.+)-[0-9a-f]+$/.exec(channelName)?.[1];

/** The phone behind an account, undefined for a trunk's. */
export const phoneOf = (account: string | undefined): PhoneName | undefined =>
  account === undefined || account.startsWith("trunk-") || !/^[a-z0-9-]{1,40}$/.test(account)
    ? undefined : account as PhoneName;

/**
 * A call's bridge. Its id must not be the lead leg's, which is the call's: an application keeps
 * its subscriptions by id, and would hear of the channel and never of the bridge.
 */
export const callBridge = (call: CallId): string => `call-${call}`;
/** The call behind a bridge; undefined for a bridge that is no call. */
export const callOfBridge = (id: string): CallId | undefined =>
  id.startsWith("call-") ? id.slice("call-".length) as CallId : undefined;
/** Where a leg waits in quiet, and where whoever is joined with it meanwhile is put. */
export const quietBridge = (leg: LegId): string => `quiet-${leg}`;
/** Whose bridge it is to wait in; undefined for any other. */
export const waiterIn = (id: string): LegId | undefined =>
  id.startsWith("quiet-") ? id.slice("quiet-".length) as LegId : undefined;
/** Bridges that are never a call: a leg with music, and a supervisor with what is overheard. */
export const musicBridge = (leg: LegId): string => `music-${leg}`;
export const watchBridge = (leg: LegId): string => `watch-${leg}`;
export const isOurBridge = (id: string): boolean => /^(?:call|quiet|music|watch)-/.test(id);
