/** Owns the fuzzing of what a switch, a carrier or a file of theirs says to us. */
import { instant } from "../../clock.ts";
import { UnsafeValue } from "../../errors.ts";
import type { LegId } from "../../ids.ts";
import { below, type Random } from "../../random.ts";
import { readWavHeader, writeWav } from "../../recording/wav.ts";
import { AmiDecoder, encodeAction } from "../../telephony/asterisk/ami-frames.ts";
import { readAriEvent } from "../../telephony/asterisk/ari-events.ts";
import { LegBook } from "../../telephony/asterisk/leg-book.ts";
import { decodeTags, encodeTags } from "../../telephony/asterisk/wire.ts";
import type { PbxEvent } from "../../telephony/pbx.ts";
import { readSipAnswer } from "../../telephony/sip-ping.ts";
import { damagedBytes, damagedText } from "./damage.ts";
import { hold, type FuzzTarget } from "./target.ts";

const now = instant(Date.UTC(2026, 0, 5, 12));
const attempt = "00000000-0000-4000-8000-000000000001";

const channel = (id: string, name: string, state: string): object => ({
  id, name, state, protocol_id: "", caller: { name: "", number: "" },
  connected: { name: "", number: "" }, accountcode: "", creationtime: "2026-01-05T12:00:00.000+0000",
  dialplan: { context: "ringwright-answered", exten: "s", priority: 1, app_name: "", app_data: "" },
});
const frameOf = (type: string, fields: object): string => JSON.stringify({
  type, application: "ringwright", timestamp: "2026-01-05T12:00:00.000+0000",
  asterisk_id: "00:00:00:00:00:01", ...fields,
});
const lead = channel(attempt, "PJSIP/trunk-carrier-00000001", "Ring");
const phone = channel("1767614400.7", "PJSIP/1001-00000007", "Up");

/** One of each event, in the shape that Asterisk 22 sends. */
const frames: readonly string[] = [
  frameOf("Dial", { dialstatus: "RINGING", peer: lead }),
  frameOf("Dial", { dialstatus: "PROGRESS", peer: lead }),
  frameOf("ChannelStateChange", { channel: { ...lead, state: "Ringing" } }),
  frameOf("ChannelStateChange", { channel: { ...lead, state: "Up" } }),
  frameOf("StasisStart", { args: ["answered"], channel: { ...lead, state: "Up" } }),
  frameOf("StasisStart", { args: ["arrived", "*11"], channel: phone }),
  frameOf("ChannelDtmfReceived", { digit: "5", duration_ms: 80, channel: phone }),
  frameOf("ChannelTalkingStarted", { channel: lead }),
  frameOf("ChannelTalkingFinished", { channel: lead, duration: 900 }),
  frameOf("ChannelHangupRequest", { channel: lead, soft: true }),
  frameOf("ChannelDestroyed", { channel: lead, cause: 17, cause_txt: "User busy", tech_cause: 486 }),
  frameOf("ChannelEnteredBridge", { channel: lead,
    bridge: { id: `call-${attempt}`, channels: [attempt, "1767614400.7"] } }),
  frameOf("PlaybackFinished", { playback: { id: "play-1", state: "done", target_uri: "channel:1" } }),
  frameOf("ApplicationReplaced", {}),
];

function checkEvent(event: PbxEvent, input: unknown): void {
  hold(Number.isFinite(event.at), "an event without a time", input);
  if ("leg" in event) hold(typeof event.leg === "string" && event.leg !== "", "no leg", input);
  if (event.type === "key-pressed") hold(/^[0-9*#A-D]$/.test(event.key), "not a key", input);
  if (event.type === "leg-arrived") {
    hold(/^[a-z0-9-]{1,40}$/.test(event.phone), "not a phone's name", input);
    hold(/^[0-9*#]{0,32}$/.test(event.dialed), "not what a phone can dial", input);
  }
  if (event.type === "leg-ended") {
    hold(Number.isInteger(event.cause.q850), "not a cause", input);
    const { sip } = event.cause;
    hold(sip === undefined || (sip >= 300 && sip <= 699), "not a SIP status", input);
  }
}

/** A whole conversation of frames, since the book of legs keeps what it heard. */
function ariEvents(random: Random): void {
  const book = new LegBook();
  book.expect(attempt as LegId);
  const said: string[] = [];
  let ends = 0;
  for (let left = 1 + below(random, 8); left > 0; left--) {
    const frame = damagedText(frames, random);
    said.push(frame);
    const event = readAriEvent(frame);
    if (!event) continue;
    hold("channel" in event ? event.channel.id !== "" : true, "a channel without an id", frame);
    for (const each of book.apply(event, now)) {
      checkEvent(each, said);
      if (each.type === "leg-ended" && each.leg === attempt) ends += 1;
    }
  }
  hold(ends <= 1, "a leg ended twice", said);
}

const amiMessages: readonly string[] = [
  "Asterisk Call Manager/11.0.0\r\n",
  "Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n",
  "Response: Error\r\nActionID: 2\r\nMessage: No such channel\r\n\r\n",
  "Response: Success\r\nActionID: 3\r\nEventList: start\r\nMessage: list will follow\r\n\r\n",
  "Event: ContactList\r\nActionID: 3\r\nObjectName: 1001;@abc\r\nStatus: Reachable\r\n\r\n",
  "Event: ContactListComplete\r\nActionID: 3\r\nEventList: Complete\r\nListItems: 1\r\n\r\n",
];

function amiMessagesRead(random: Random): void {
  const stream = damagedText(amiMessages, random) + damagedText(amiMessages, random);
  const whole = new AmiDecoder().read(stream);
  const decoder = new AmiDecoder();
  const pieces = [];
  for (let at = 0; at < stream.length;) {
    const next = at + 1 + below(random, 40);
    pieces.push(...decoder.read(stream.slice(at, next)));
    at = next;
  }
  const flat = (messages: typeof whole): string => JSON.stringify(messages.map((m) => [...m]));
  hold(flat(whole) === flat(pieces), "the pieces read otherwise than the whole", stream);
  for (const message of whole) {
    for (const [name, value] of message) {
      hold(!name.includes("\r\n") && !value.includes("\r\n"), "a field of two lines", stream);
    }
  }
}

/** Whatever we put in a field, it is one action on the other side, or it is refused. */
function amiActions(random: Random): void {
  const value = damagedText(["PJSIP/1001-00000007", "/var/recordings/a.wav", "Ann"], random);
  let frame: string;
  try {
    frame = encodeAction([["Action", "MixMonitor"], ["Channel", value]]);
  } catch (error) {
    if (error instanceof UnsafeValue) return;
    throw error;
  }
  const messages = new AmiDecoder().read(frame);
  hold(messages.length === 1 && messages[0]?.size === 2, "became something else", value);
}

const tags = [
  encodeTags({}), "attempt=00000000-0000-4000-8000-000000000001&campaign=7&epoch=3", "agent=12",
  "campaign=&epoch=", "attempt=a&campaign=1.5",
];

function legTags(random: Random): void {
  const text = damagedText(tags, random);
  const { campaign, epoch, attempt: of } = decodeTags(text);
  hold(campaign === undefined || Number.isSafeInteger(campaign), "not a campaign", text);
  hold(epoch === undefined || Number.isSafeInteger(epoch), "not an epoch", text);
  hold(of === undefined || of === "" || !/[\u0000-\u001f]/.test(of), "not an attempt", text);
}

const callId = "abc123";
const answers = [
  `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nCall-ID: ${callId}\r\nServer: carrier\r\n\r\n`,
  `SIP/2.0 404 Not Found\r\ni: ${callId}\r\nUser-Agent: x\r\nContent-Length: 0\r\n\r\n`,
  `SIP/2.0 100 Trying\r\nCall-ID: ${callId}\r\n\r\n`,
  "OPTIONS sip:127.0.0.1 SIP/2.0\r\nCall-ID: abc123\r\n\r\n",
];

function sipAnswers(random: Random): void {
  const message = damagedText(answers, random);
  const answer = readSipAnswer(message, callId);
  if (!answer) return;
  hold(answer.status >= 200 && answer.status <= 699, "not a final status", message);
  hold(message.includes(callId), "an answer to somebody else", message);
  hold(answer.reason.length <= 100 && (answer.server?.length ?? 0) <= 100, "too long", message);
}

const sounds = [
  writeWav(new Int16Array(200), 8_000), writeWav(new Int16Array(0), 8_000),
  Buffer.concat([writeWav(new Int16Array(8), 16_000), Buffer.from("LIST\u0004\u0000\u0000\u0000abcd")]),
];

function wavHeaders(random: Random): void {
  const bytes = damagedBytes(sounds, random);
  // The file may be longer than what is read of it, and shorter than it was a moment ago.
  const fileBytes = below(random, 2 * bytes.length + 1);
  const header = readWavHeader(bytes, fileBytes);
  if (header.kind !== "wav") return;
  const { dataStart, dataBytes, channels, sampleRate } = header;
  hold(dataBytes >= 0 && Math.max(0, fileBytes - dataStart) >= dataBytes, "samples beyond the end",
    [...bytes]);
  hold(channels >= 1 && sampleRate >= 1 && dataBytes % (2 * channels) === 0, "no sound", [...bytes]);
}

export const switchTargets: readonly FuzzTarget[] = [
  { name: "ari-events", weight: 1, run: ariEvents },
  { name: "ami-messages", weight: 1, run: amiMessagesRead },
  { name: "ami-actions", weight: 1, run: amiActions },
  { name: "leg-tags", weight: 1, run: legTags },
  { name: "sip-answers", weight: 1, run: sipAnswers },
  { name: "wav-headers", weight: 1, run: wavHeaders },
];
