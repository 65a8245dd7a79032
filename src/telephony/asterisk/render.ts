/**
 * Owns the configuration of the Asterisk we drive: what goes into each file of its configuration
 * folder. Pure, so that the same database always gives the same files and a change can be shown
 * before it is made. The templates are in dialplan/asterisk/.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../config.ts";
import { UnsafeValue } from "../../errors.ts";
import type { PhoneName } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { Trunk } from "../../store/store.ts";
import { fill, safeSecret, safeValue, type SafeValue, type View } from "./template.ts";

/** The realm of our SIP accounts; part of the HA1 digest that stands in for a password. */
export const sipRealm = "ringwright";

/** HA1 of RFC 2617: what the switch needs to check a phone's password without knowing it. */
export const sipDigest = (phone: PhoneName, password: string): string =>
  createHash("md5").update(`${phone}:${sipRealm}:${password}`).digest("hex");

export interface SwitchPorts {
  /** UDP and TCP. */
  readonly sip: number;
  readonly rtpFirst: number;
  readonly rtpLast: number;
  readonly http: number;
  readonly ami: number;
}

/** Folders as the switch sees them; inside a root folder or container they may differ from ours. */
export interface SwitchPaths {
  readonly etc: string;
  /** The switch's own database and keys, written by it. */
  readonly lib: string;
  readonly spool: string;
  readonly log: string;
  readonly run: string;
  readonly modules: string;
  /**
   * Asterisk's data folder. `sounds/ringwright` in it is (a link to) our sounds/, and
   * `documentation` is the one that came with Asterisk, without which modules do not load.
   */
  readonly data: string;
}

export interface TrunkToRender extends Trunk {
  /** Needed when the trunk has a user name. */
  readonly password: string | undefined;
}

export interface PhoneToRender {
  readonly phone: PhoneName;
  /** The account's HA1, as `sipDigest` makes it. */
  readonly ha1: string;
}

export interface SwitchInput {
  readonly ports: SwitchPorts;
  /** IPv4 addresses to listen on: SIP and sound, and HTTP with AMI. Loopback unless told. */
  readonly listen?: { readonly sip: string; readonly control: string };
  /** Networks that may log in to AMI; loopback unless told. */
  readonly permit?: readonly string[];
  readonly paths: SwitchPaths;
  readonly credentials: {
    readonly ariUser: string;
    readonly ariPassword: string;
    readonly amiUser: string;
    readonly amiSecret: string;
  };
  readonly ariApp: string;
  /** As `asterisk -V` says it: `22.10.1`. Options it does not know are left out. */
  readonly version: string;
  /** The name on its log lines; `asterisk-1` unless told. */
  readonly name?: string;
  readonly trunks: readonly TrunkToRender[];
  readonly phones: readonly PhoneToRender[];
}

/** The module to reload when a file has changed; the others are read at the start alone. */
export const moduleOfFile: ReadonlyMap<string, string> = new Map([
  ["pjsip.conf", "res_pjsip.so"], ["extensions.conf", "pbx_config.so"],
  ["rtp.conf", "res_rtp_asterisk.so"], ["musiconhold.conf", "res_musiconhold.so"],
]);

/** Files with passwords in them, to be written with mode 0600. */
export const secretFiles: ReadonlySet<string> = new Set(["ari.conf", "manager.conf", "pjsip.conf"]);

/** Calls at once of one switch; beyond it a new one is refused. Four legs per line at most. */
const callsMax = 4 * limits.linesPerCampaign;
/** TALK_DETECT: silence that ends talking (ms), and the average level (of 32767) that begins it. */
const talk = { silenceMs: 800, threshold: 512 };

const templateDir = join(projectDir, "dialplan", "asterisk");
const templates: ReadonlyMap<string, string> = new Map(
  readdirSync(templateDir).filter((file) => file.endsWith(".conf")).sort()
    .map((file) => [file, readFileSync(join(templateDir, file), "utf8")]),
);

/** File name → content. Throws UnsafeValue for a value that could be read as something else. */
export function renderSwitchConfig(input: SwitchInput): ReadonlyMap<string, string> {
  const view = viewOf(input);
  return new Map([...templates].map(([file, template]) => [file, fill(template, view)]));
}

const form = {
  name: /^[a-z0-9-]{1,40}$/,
  path: /^\/[\w./@+~-]+$/,
  address: /^\d{1,3}(\.\d{1,3}){3}$/,
  network: /^\d{1,3}(\.\d{1,3}){3}\/(\d{1,2}|\d{1,3}(\.\d{1,3}){3})$/,
  host: /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,252}[a-zA-Z0-9])?$/,
  user: /^[a-zA-Z0-9_.@+-]{1,80}$/,
  ha1: /^[0-9a-f]{32}$/,
  codec: /^(ulaw|alaw|g722)$/,
  transport: /^(udp|tcp|tls)$/,
};

/** A password that we choose: a short one, or one everybody knows, does not go into a switch. */
function ownSecret(what: string, value: string): SafeValue {
  if (value.length < 8) throw new UnsafeValue(`${what} is shorter than 8 characters`);
  return safeSecret(what, value);
}

const path = (what: string, value: string): SafeValue => safeValue(what, value, form.path);
const word = (value: string): SafeValue => safeValue("name", value, form.name);

function portNumber(what: string, port: number): SafeValue {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UnsafeValue(`${what} is no port: ${port}`);
  }
  return String(port) as SafeValue;
}

const whole = (ms: number): SafeValue => String(Math.round(ms / 1000)) as SafeValue;

/** Whether a version is at least the one of its branch in `since`: `{ 20: 12, 22: 2 }`. */
function isSince(version: string, since: Readonly<Record<number, number>>): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || minor >= (since[major] ?? Infinity);
}

/** `qualify_2xx_only` came with 20.12, 21.7 and 22.2; an older one refuses the whole account. */
export const knowsQualify2xxOnly = (version: string): boolean =>
  isSince(version, { 20: 12, 21: 7, 22: 2 });

/** ARI has needed this module since 20.15, 21.10 and 22.5, and an older switch has none. */
const hasWebsocketClient = (version: string): boolean =>
  isSince(version, { 20: 15, 21: 10, 22: 5 });

/** The modules of our configuration for a version; the switch may have more: one loads another. */
export function wantedModules(version: string): readonly string[] {
  const rendered = fill(templates.get("modules.conf") ?? "",
    { websocketClient: hasWebsocketClient(version) });
  return [...rendered.matchAll(/^(?:pre)?load = (\S+)$/gm)].map(([, name]) => name ?? "");
}

function viewOf(input: SwitchInput): View {
  const { ports, paths, credentials } = input;
  const listen = input.listen ?? { sip: "127.0.0.1", control: "127.0.0.1" };
  const everywhere = listen.sip === "0.0.0.0";
  const sipAddress = safeValue("listen.sip", listen.sip, form.address);
  const tlsTrunk = input.trunks.some((trunk) => trunk.transport === "tls");
  return {
    etcDir: path("paths.etc", paths.etc),
    libDir: path("paths.lib", paths.lib),
    spoolDir: path("paths.spool", paths.spool),
    logDir: path("paths.log", paths.log),
    runDir: path("paths.run", paths.run),
    moduleDir: path("paths.modules", paths.modules),
    dataDir: path("paths.data", paths.data),
    systemName: word(input.name ?? "asterisk-1"),
    callsMax: String(callsMax) as SafeValue,
    app: word(input.ariApp),
    callLongestS: whole(limits.callLongestMs),
    handOverMs: String(limits.handOverMs) as SafeValue,
    handOverStepS: String(limits.handOverStepMs / 1_000) as SafeValue,
    shiftLongestS: whole(limits.shiftLongestMs),
    talkSilenceMs: String(talk.silenceMs) as SafeValue,
    talkThreshold: String(talk.threshold) as SafeValue,
    controlAddress: safeValue("listen.control", listen.control, form.address),
    sipAddress,
    sipPort: portNumber("ports.sip", ports.sip),
    tls: tlsTrunk,
    // Nobody dials in by TLS, so the listener only has to be somewhere else than the others.
    tlsPort: portNumber("ports.sip + 1", ports.sip + 1),
    rtpFirst: portNumber("ports.rtpFirst", ports.rtpFirst),
    rtpLast: portNumber("ports.rtpLast", ports.rtpLast),
    httpPort: portNumber("ports.http", ports.http),
    amiPort: portNumber("ports.ami", ports.ami),
    ariUser: safeValue("credentials.ariUser", credentials.ariUser, form.name),
    ariPassword: ownSecret("credentials.ariPassword", credentials.ariPassword),
    amiUser: safeValue("credentials.amiUser", credentials.amiUser, form.name),
    amiSecret: ownSecret("credentials.amiSecret", credentials.amiSecret),
    permits: (input.permit ?? ["127.0.0.1/32"]).map((each) => (
      { permit: safeValue("permit", each, form.network) }
    )),
    sipRealm: sipRealm as SafeValue,
    media: !everywhere,
    mediaAddress: sipAddress,
    qualify2xxOnly: knowsQualify2xxOnly(input.version),
    websocketClient: hasWebsocketClient(input.version),
    trunks: input.trunks.filter((trunk) => trunk.enabled).map(trunkView),
    phones: input.phones.map(phoneView),
  };
}

function trunkView(trunk: TrunkToRender): View {
  const at = `trunk ${JSON.stringify(trunk.name)}`;
  const account = trunk.username === undefined ? [] : [{
    username: safeValue(`${at} user name`, trunk.username, form.user),
    password: safeSecret(`${at} password`, trunk.password ?? ""),
  }];
  const transportParameter = trunk.transport === "udp" ? "" : `\\;transport=${trunk.transport}`;
  return {
    name: safeValue(at, trunk.name, form.name),
    host: safeValue(`${at} host`, trunk.host, form.host),
    port: portNumber(`${at} port`, trunk.port),
    transport: safeValue(`${at} transport`, trunk.transport, form.transport),
    // The one `;` we write ourselves: the parameter of a SIP address, escaped for Asterisk.
    transportParameter: transportParameter as SafeValue,
    encrypted: trunk.transport === "tls",
    codecs: trunk.codecs.map((codec) => safeValue(`${at} codec`, codec, form.codec))
      .join(",") as SafeValue,
    account,
  };
}

function phoneView(phone: PhoneToRender): View {
  const at = `phone ${JSON.stringify(phone.phone)}`;
  // A phone that had a trunk's name would be one account with it.
  if (phone.phone.startsWith("trunk-")) throw new UnsafeValue(`${at} begins with trunk-`);
  return {
    phone: safeValue(at, phone.phone, form.name),
    ha1: safeValue(`${at} digest`, phone.ha1, form.ha1),
  };
}
