/**
 * Owns the SIPp scenario that plays the public: one answering scenario that looks up each called
 * number in an injection file and branches to what that person does. It also says what SIPp shall
 * write down about each call; `truth.ts` reads that.
 *
 * Three things about SIPp shape it. A message that may come at any time (CANCEL, BYE) is an
 * `optional="global"` step, and such steps stand where the flow never passes, since SIPp waits at
 * each. A branch is taken on a variable that is set, so flags are made with `test`. And a variable
 * that is assigned and read nowhere stops the start.
 */
import { behaviours, type Behaviour, type Conduct, type Person } from "./people.ts";

/** The injection file, indexed on its first field. */
export const peopleFile = "people.csv";

const fieldsOf = ({ behaviour, ringMs, talkMs }: Conduct): readonly (string | number)[] =>
  [behaviours.indexOf(behaviour), ringMs, talkMs];

/**
 * The injection file: number without its plus; the first conduct; the one from the second on.
 * Nobody is on its line 0: SIPp 3.8 writes a variable that is 0 as nothing, and ends at that.
 */
export const peopleCsv = (people: readonly Person[]): string => [
  "SEQUENTIAL", "nobody;0;0;0;0;0;0",
  ...people.map(({ number, first, later }) =>
    [number.slice(1), ...fieldsOf(first), ...fieldsOf(later)].join(";")),
  "",
].join("\n");

/** Audio in A-law without a header, as SIPp plays it. */
export interface Voices {
  readonly person: string;
  readonly machine: string;
  /** What a network plays before an answer that never comes. */
  readonly network: string;
  /** The same for a number that was taken out of service: three tones, and words. */
  readonly intercept: string;
}

const field = (index: number): string =>
  `[field${index} file=&quot;${peopleFile}&quot; line=&quot;[$line]&quot;]`;

/** Writes a line of truth; the time comes as seconds and microseconds, which SIPp prints apart. */
const note = (event: string): string => `
      <gettimeofday assign_to="seconds,micros"/>
      <log message="call;${event};[call_number];[$number];[$code];[$seconds];[$micros]"/>`;
const nop = (inside: string, attributes = ""): string => `
  <nop${attributes}><action>${inside}
  </action></nop>`;

const label = (id: string): string => `\n  <label id="${id}"/>`;
const goto = (id: string): string => `\n  <nop next="${id}"/>`;
const send = (lines: readonly string[], attributes = ""): string => `
  <send${attributes}><![CDATA[
${lines.map((line) => `    ${line}`).join("\n")}

  ]]></send>`;

const via = "[last_Via:]";
const tagged = "[last_To:];tag=[call_number]";
const contact = "Contact: <sip:[local_ip]:[local_port]>";
const empty = "Content-Length: 0";

/** A final or provisional answer to the INVITE, whose headers are the last received. */
const reply = (status: string, attributes = ""): string => send([
  `SIP/2.0 ${status}`, via, "[last_From:]", tagged, "[last_Call-ID:]", "[last_CSeq:]", contact, empty,
], attributes);

const replyWithSdp = (status: string, attributes = ""): string => send([
  `SIP/2.0 ${status}`, via, "[last_From:]", tagged, "[last_Call-ID:]", "[last_CSeq:]", contact,
  "Content-Type: application/sdp", "Content-Length: [len]", "",
  "v=0", "o=public 1 1 IN IP4 [local_ip]", "s=-", "c=IN IP4 [media_ip]", "t=0 0",
  "m=audio [rtpstream_audio_port] RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=sendrecv",
], attributes);

/** An answer to a request inside the call, whose To has our tag already. */
const replyInCall = (status: string): string => send([
  `SIP/2.0 ${status}`, via, "[last_From:]", "[last_To:]", "[last_Call-ID:]", "[last_CSeq:]", contact,
  empty,
]);

const ring = `\n  <pause variable="ringMs"/>`;
const play = (file: string, loops: number): string =>
  nop(`\n      <exec rtp_stream="${file},${loops},8"/>`);
/** After this a CANCEL is answered and nothing more: the answer is on its way already. */
const stopRinging = `
      <test assign_to="ringing" variable="one" compare="equal" value="0"/>`;

/** Directly behind an answer that SIPp repeats until the ACK comes: nothing may stand between. */
const acknowledged = (next: string, actions = ""): string => `
  <recv request="ACK" timeout="8000" ontimeout="lost" next="${next}"><action>${actions}
  </action></recv>`;

const refuse = (id: string, status: string, before: string): string =>
  label(id) + before + nop(stopRinging + note("refused"))
  + reply(status, ` retrans="500"`) + acknowledged("over", note("acknowledged"));

const answer = (id: Behaviour, after: string, ringing = reply("180 Ringing")): string => label(id)
  + ringing + nop(note("ringing")) + ring + nop(stopRinging + note("answered"))
  + replyWithSdp("200 OK", ` retrans="500"`)
  + acknowledged(`${id}-on`, `
      <ereg regexp=".+" search_in="hdr" header="From:" assign_to="caller"/>
      <ereg regexp=".+" search_in="hdr" header="To:" assign_to="callee"/>${note("acknowledged")}`)
  + label(`${id}-on`) + after + goto("leave");

/** Waits for the CANCEL, longer than any campaign may ring. */
const waitForCancel = `\n  <pause milliseconds="150000"/>` + goto("lost");

/** Which behaviour it is, as a chain of tests. */
const branches = behaviours.map((behaviour, code) =>
  nop(`
      <test assign_to="is${code}" variable="behaviour" compare="equal" value="${code}"/>`)
  + `\n  <nop next="${behaviour}" test="is${code}"/>`).join("");

const start = `
  <recv request="OPTIONS" optional="true" next="options"/>
  <recv request="INVITE" next="invited"><action>
      <ereg regexp="INVITE sip:[+]?([0-9]+)@" search_in="msg" check_it="true" assign_to="uri,number"/>
      <ereg regexp="sip:[^&gt;]+" search_in="hdr" header="Contact:" assign_to="target"/>
      <lookup assign_to="line" file="${peopleFile}" key="[$number]"/>
      <assign assign_to="one" value="1"/>
      <test assign_to="known" variable="line" compare="greater_than_equal" value="0"/>
      <test assign_to="ringing" variable="one" compare="equal" value="1"/>
      <assignstr assign_to="code" value="unlisted"/>
  </action></recv>
  <recv request="CANCEL" optional="global" next="cancelled" test="ringing"/>
  <recv request="BYE" optional="global" next="left"/>
  <recv request="ACK"/>`;

/** Reads this person's conduct, and puts the later one in its place for the next call. */
const invited = label("invited") + `\n  <nop next="listed" test="known"/>`
  + nop(note("invited")) + refuse("unlisted", "404 Not Found", "") + label("listed")
  + nop(`
      <assignstr assign_to="code" value="${field(1)}"/>
      <todouble assign_to="behaviour" variable="code"/>
      <assignstr assign_to="text" value="${field(2)}"/>
      <todouble assign_to="ringMs" variable="text"/>
      <assignstr assign_to="text" value="${field(3)}"/>
      <todouble assign_to="talkMs" variable="text"/>
      <assignstr assign_to="later" value="${field(4)};${field(5)};${field(6)}"/>
      <replace file="${peopleFile}" line="[$line]" value="[$number];[$later];[$later]"/>${note("invited")}`);

const endings = label("leave") + nop(note("person-left")) + send([
  "BYE [$target] SIP/2.0", "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
  "From:[$callee]", "To:[$caller]", "[last_Call-ID:]", "CSeq: 1 BYE", "Max-Forwards: 70", contact,
  empty,
], ` retrans="500"`) + `
  <recv response="200" timeout="8000" ontimeout="lost"/>` + goto("over")
  + label("cancelled") + nop(note("cancelled")) + replyInCall("200 OK") + send([
    "SIP/2.0 487 Request Terminated", via, "[last_From:]", tagged, "[last_Call-ID:]",
    "CSeq: [cseq] INVITE", contact, empty,
  ], ` retrans="500"`) + acknowledged("over", note("acknowledged"))
  + label("left") + nop(note("caller-left")) + replyInCall("200 OK") + goto("over")
  + label("options") + replyInCall("200 OK") + goto("end")
  + label("lost") + nop(note("lost")) + goto("end")
  + label("over") + nop(note("over"))
  + label("end") + `\n  <nop/>`;

/** The scenario, as XML. */
export const scenarioXml = (voices: Voices): string => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="the public">${start}${invited}${branches}${[
    answer("talks", play(voices.person, -1) + `\n  <pause variable="talkMs"/>`),
    answer("early-answer", play(voices.person, -1) + `\n  <pause variable="talkMs"/>`,
      replyWithSdp("183 Session Progress") + play(voices.network, -1)),
    answer("hangs-up-at-once", ""),
    answer("machine", play(voices.machine, 1) + `\n  <pause variable="talkMs"/>`),
    refuse("busy", "486 Busy Here", ring),
    label("no-answer") + reply("180 Ringing") + nop(note("ringing")) + waitForCancel,
    refuse("rejected", "603 Decline", reply("180 Ringing") + nop(note("ringing")) + ring),
    refuse("unknown-number", "404 Not Found", ring),
    refuse("congested", "503 Service Unavailable", ring),
    label("early-media") + replyWithSdp("183 Session Progress") + nop(note("ringing"))
      + play(voices.network, -1) + waitForCancel,
    refuse("intercepted", "480 Temporarily Unavailable", replyWithSdp("183 Session Progress")
      + nop(note("ringing")) + play(voices.intercept, 1) + ring),
  ].join("")}${endings}
  <Reference variables="uri"/>
</scenario>
`;
