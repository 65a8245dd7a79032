/**
 * Owns which of Asterisk's events we understand, and what of each we read. Everything else, be it
 * an unknown type, a missing field or a frame that is no JSON, is undefined and harmless.
 */

/** What we read of a channel in an event. */
export interface AriChannel {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

export type AriEvent = { readonly application: string; readonly atMs: number | undefined } & (
  | { readonly type: "StasisStart"; readonly channel: AriChannel; readonly args: readonly string[] }
  | { readonly type: "ChannelStateChange"; readonly channel: AriChannel }
  | { readonly type: "Dial"; readonly peer: AriChannel; readonly dialstatus: string }
  | {
      readonly type: "ChannelDestroyed"; readonly channel: AriChannel;
      readonly cause: number; readonly techCause: number | undefined;
    }
  /** `soft` when something in the switch asked, and not the far end. */
  | { readonly type: "ChannelHangupRequest"; readonly channel: AriChannel; readonly soft: boolean }
  | { readonly type: "ChannelDtmfReceived"; readonly channel: AriChannel; readonly digit: string }
  | { readonly type: "ChannelTalkingStarted" | "ChannelTalkingFinished"; readonly channel: AriChannel }
  | {
      readonly type: "ChannelEnteredBridge"; readonly channel: AriChannel;
      readonly bridge: string; readonly members: readonly string[];
    }
  | { readonly type: "PlaybackFinished"; readonly playback: string; readonly state: string }
  | { readonly type: "ApplicationReplaced" }
);

/** The events our application asks for; see `eventFilter` in the ARI. */
export const ariEvents = [
  "StasisStart", "ChannelStateChange", "Dial", "ChannelHangupRequest", "ChannelDestroyed",
  "ChannelDtmfReceived", "ChannelTalkingStarted", "ChannelTalkingFinished", "ChannelEnteredBridge",
  "PlaybackFinished", "ApplicationReplaced",
] as const;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? value as Fields : {};
const textOf = (value: unknown): string => typeof value === "string" ? value : "";
const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isInteger(value) ? value : undefined;
const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

function channelOf(value: unknown): AriChannel | undefined {
  const { id, name, state } = fieldsOf(value);
  if (typeof id !== "string" || id === "") return undefined;
  return { id, name: textOf(name), state: textOf(state) };
}

/** Asterisk writes `+0000` without a colon, which Date reads as well. */
function timeOf(value: unknown): number | undefined {
  const ms = Date.parse(textOf(value));
  return Number.isNaN(ms) ? undefined : ms;
}

export function readAriEvent(frame: string): AriEvent | undefined {
  let fields: Fields;
  try {
    fields = fieldsOf(JSON.parse(frame));
  } catch {
    return undefined;
  }
  const common = { application: textOf(fields["application"]), atMs: timeOf(fields["timestamp"]) };
  const event = eventOf(textOf(fields["type"]), fields);
  return event && { ...common, ...event } as AriEvent;
}

type Specific = AriEvent extends infer E ? E extends AriEvent
  ? Omit<E, "application" | "atMs"> : never : never;

function eventOf(type: string, fields: Fields): Specific | undefined {
  if (type === "ApplicationReplaced") return { type };
  if (type === "Dial") return dialOf(fields);
  if (type === "PlaybackFinished") {
    const { id, state } = fieldsOf(fields["playback"]);
    return typeof id === "string" ? { type, playback: id, state: textOf(state) } : undefined;
  }
  const channel = channelOf(fields["channel"]);
  return channel && channelEventOf(type, channel, fields);
}

function dialOf(fields: Fields): Specific | undefined {
  const peer = channelOf(fields["peer"]);
  return peer && { type: "Dial", peer, dialstatus: textOf(fields["dialstatus"]) };
}

function channelEventOf(type: string, channel: AriChannel, fields: Fields): Specific | undefined {
  switch (type) {
    case "StasisStart": return { type, channel, args: textsOf(fields["args"]) };
    case "ChannelStateChange":
    case "ChannelTalkingStarted":
    case "ChannelTalkingFinished": return { type, channel };
    case "ChannelHangupRequest": return { type, channel, soft: fields["soft"] === true };
    case "ChannelDestroyed": return {
      type, channel,
      cause: numberOf(fields["cause"]) ?? 0, techCause: numberOf(fields["tech_cause"]),
    };
    case "ChannelDtmfReceived": {
      const digit = textOf(fields["digit"]);
      return /^[0-9*#A-D]$/.test(digit) ? { type, channel, digit } : undefined;
    }
    case "ChannelEnteredBridge": {
      const bridge = fieldsOf(fields["bridge"]);
      return { type, channel, bridge: textOf(bridge["id"]), members: textsOf(bridge["channels"]) };
    }
    default: return undefined;
  }
}
