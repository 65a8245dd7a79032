/**
 * Owns the far ends of a bench's calls: SIPp that answers every call and sends no sound, so that
 * what is measured is signalling. One instance plays the public, another the agents' phones.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { waitUntil } from "../../src/stack/patience.ts";
import { freePort, loopback } from "../../src/stack/ports.ts";
import { sipPing } from "../../src/telephony/sip-ping.ts";
import { startChild } from "../../src/testing/demo/child.ts";

export interface Answer {
  readonly number: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface SipPeople {
  readonly port: number;
  /** Every call that was answered: the number without its plus, and when, by SIPp's own clock. */
  answers(): readonly Answer[];
  stop(): Promise<void>;
}

export interface Manners {
  readonly ringMs: number;
  /** Hangs up so long after the ACK; undefined waits for the other side. */
  readonly talkMs: number | undefined;
}

const inCall = (status: string): string => `
  <send><![CDATA[
    SIP/2.0 ${status}
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>`;

const reply = (status: string, attributes: string, sdp: readonly string[]): string => `
  <send${attributes}><![CDATA[
    SIP/2.0 ${status}
    [last_Via:]
    [last_From:]
    [last_To:];tag=[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:[local_ip]:[local_port]>
${sdp.map((line) => `    ${line}`).join("\n")}

  ]]></send>`;

const sdp = [
  "Content-Type: application/sdp", "Content-Length: [len]", "", "v=0",
  "o=public 1 1 IN IP4 [local_ip]", "s=-", "c=IN IP4 [media_ip]", "t=0 0",
  "m=audio [media_port] RTP/AVP 8", "a=rtpmap:8 PCMA/8000",
];

const leaves = (talkMs: number): string => `
  <pause milliseconds="${talkMs}"/>
  <send retrans="500"><![CDATA[
    BYE [$target] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From:[$callee]
    To:[$caller]
    [last_Call-ID:]
    CSeq: 1 BYE
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <recv response="200" timeout="8000" ontimeout="end"/>
  <label id="end"/>
  <nop/>`;

const scenario = ({ ringMs, talkMs }: Manners): string => `<?xml version="1.0"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="people">
  <recv request="OPTIONS" optional="true" next="options"/>
  <recv request="INVITE"><action>
    <ereg regexp="INVITE sip:[+]?([0-9]+)@" search_in="msg" assign_to="uri,number"/>
    <ereg regexp="sip:[^&gt;]+" search_in="hdr" header="Contact:" assign_to="target"/>
  </action></recv>${reply("180 Ringing", "", ["Content-Length: 0"])}
  <pause milliseconds="${ringMs}"/>
  <nop><action>
    <gettimeofday assign_to="seconds,micros"/>
    <log message="[$number];[$seconds];[$micros]"/>
  </action></nop>${reply("200 OK", ` retrans="500"`, sdp)}
  <recv request="ACK"><action>
    <ereg regexp=".+" search_in="hdr" header="From:" assign_to="caller"/>
    <ereg regexp=".+" search_in="hdr" header="To:" assign_to="callee"/>
  </action></recv>${talkMs === undefined ? `
  <recv request="BYE"/>${inCall("200 OK")}` : leaves(talkMs)}
  <nop next="done"/>
  <label id="options"/>${inCall("200 OK")}
  <label id="done"/>
  <nop/>
  <Reference variables="uri,target,caller,callee"/>
</scenario>
`;

export async function startPeople(
  { folder, manners, signal }:
  { readonly folder: string; readonly manners: Manners; readonly signal: AbortSignal },
): Promise<SipPeople> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "people.xml"), scenario(manners));
  const [port, control, media] = [await freePort(), await freePort(), await freePort()];
  const child = startChild({
    name: "people", program: "sipp", cwd: folder, log: join(folder, "screen.log"),
    words: [
      "-sf", "people.xml", "-i", loopback, "-bind_local", "-mi", loopback, "-p", String(port),
      "-mp", String(media), "-ci", loopback, "-cp", String(control), "-trace_logs",
      "-log_file", "answers.log", "-nostdin", "-timer_resol", "1", "-l", "100000",
    ],
  });
  const ready = await waitUntil(async () => {
    const ping = await sipPing({ host: loopback, port }, systemClock);
    return ping.result === "answered" || undefined;
  }, { deadlineMs: 10_000, signal });
  if (ready !== true) {
    await child.stop();
    throw new Error(`SIPp did not start: see ${join(folder, "screen.log")}`);
  }
  return {
    port,
    answers: () => readFileSync(join(folder, "answers.log"), "utf8").split("\n")
      .map((line) => /(\d+);([\d.]+);([\d.]+)/.exec(line) ?? [])
      .flatMap(([, number, seconds, micros]) => number === undefined ? [] : [
        { number, at: Number(seconds) * 1_000 + Number(micros) / 1_000 },
      ]),
    stop: () => child.stop(),
  };
}
