/**
 * Runs the conformance suite against a real Asterisk: the one `ringwright up` started, with SIPp
 * behind a trunk of its own and baresip as the phone, rendered into its configuration.
 */
import { readdir } from "node:fs/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { loadConfig } from "../../config.ts";
import type { DialNumber, PhoneName, TrunkId, TrunkName } from "../../ids.ts";
import { inspectRecording, isAudible } from "../../recording/inspect.ts";
import { writeWav } from "../../recording/wav.ts";
import { readLocalSwitch, writeSwitchConfig, type LocalSwitch } from "../../stack/asterisk.ts";
import { waitUntil } from "../../stack/patience.ts";
import type { Behaviour, Person } from "../../testing/demo/people.ts";
import { Phone } from "../../testing/demo/phone.ts";
import { startPublic, type Public } from "../../testing/demo/public.ts";
import { lineRate, sine } from "../../testing/demo/voices.ts";
import { calleeKinds, conformsToPort, type CalleeKind, type World } from "../conformance.ts";
import type { PbxEvent } from "../pbx.ts";
import { AsteriskPbx } from "./asterisk-pbx.ts";
import { reloadModules } from "./reload.ts";
import { moduleOfFile, sipDigest, type TrunkToRender } from "./render.ts";

const conducts: Readonly<Record<CalleeKind,
  readonly [Behaviour, talkMs: number, ringMs?: number]>> = {
  "answers": ["talks", 60_000], "leaves": ["talks", 600], "busy": ["busy", 0],
  "rejects": ["rejected", 0], "unknown": ["unknown-number", 0], "congested": ["congested", 0],
  "rings": ["no-answer", 0], "early-media": ["early-media", 0],
  "intercepted": ["intercepted", 0, 20_000], "intercepted-soon": ["intercepted", 0, 1_600],
  "early-answer": ["early-answer", 60_000, 1_500],
};
const numberOf = (kind: CalleeKind): DialNumber =>
  `+120155501${String(calleeKinds.indexOf(kind)).padStart(2, "0")}` as DialNumber;
const people: readonly Person[] = calleeKinds.map((kind) => {
  const [behaviour, talkMs, ringMs = 200] = conducts[kind];
  const conduct = { behaviour, ringMs, talkMs };
  return { number: numberOf(kind), name: kind, first: conduct, later: conduct };
});

const phoneName = "conformance-phone" as PhoneName;
const password = "conformance-password";

/** A way to the switch that can be cut, as by a network that fails. */
interface Way {
  readonly port: number;
  setOpen(open: boolean): void;
  close(): void;
}

async function wayTo(host: string, port: number): Promise<Way> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server: Server = createServer((near) => {
    if (!isOpen) { near.destroy(); return; }
    const far = connect({ host, port, noDelay: true });
    near.setNoDelay(true);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => { to.destroy(); });
      from.on("close", () => { sockets.delete(from); to.destroy(); });
    }
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return {
    port: (server.address() as AddressInfo).port,
    setOpen(open) {
      isOpen = open;
      if (!open) for (const socket of sockets) socket.destroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const trunkTo = (port: number): TrunkToRender => ({
  id: 1 as TrunkId, name: "conformance" as TrunkName, host: "127.0.0.1", port, transport: "udp",
  username: undefined, password: undefined, codecs: ["alaw"], channelsMax: 100,
  callsPerSecond: 100, prefix: "", enabled: true,
});

interface Parts {
  readonly local: LocalSwitch;
  readonly callees: Public;
  readonly phone: Phone;
  readonly way: Way;
  readonly folder: string;
  readonly signal: AbortSignal;
}

function worldOf({ local, callees, phone, way, folder, signal }: Parts, pbx: AsteriskPbx): World {
  const events: PbxEvent[] = [];
  pbx.onEvent((event) => { events.push(event); });
  const config = loadConfig();
  return {
    pbx, events, numberOf, trunk: "conformance" as TrunkName, phone: phoneName,
    phoneDials: (dialed) => phone.dial(dialed),
    phonePresses: (key) => phone.press(key),
    until: (look, ms) => waitUntil(() => Promise.resolve(look()), { deadlineMs: ms, signal }),
    settled: (promise) => promise,
    setReachable: (reachable) => { way.setOpen(reachable); },
    async heard(file) {
      const found = await inspectRecording(join(config.recordingsDir, file));
      if (found.kind !== "sound") throw new Error(`${file} is ${found.kind}`);
      return { durationMs: found.durationMs, audible: isAudible(found) };
    },
    overheard: () => readdir(join(config.recordingsDir, "overheard"))
      .then(({ length }) => length, () => 0),
    async close() {
      await pbx.close();
      await phone.stop();
      await callees.child.stop();
      way.close();
      writeSwitchConfig(local, { trunks: [], phones: [] });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function open(): Promise<World> {
  const config = loadConfig();
  const local = readLocalSwitch(config.varDir);
  const [first] = config.switches;
  if (!local || !first) throw new Error("no local Asterisk: run `ringwright up` first");
  const { signal } = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), "ringwright-conformance-"));
  const callees = await startPublic({ folder: join(folder, "public"), people, signal });
  writeSwitchConfig(local, {
    trunks: [trunkTo(callees.port)],
    phones: [{ phone: phoneName, ha1: sipDigest(phoneName, password) }],
  });
  const account = { url: first.ariUrl, user: first.ariUser, password: first.ariPassword };
  await reloadModules(account, [...moduleOfFile.values()], systemClock);
  const voice = join(folder, "voice.wav");
  writeFileSync(voice, writeWav(sine({ hz: 440, ms: 60_000, level: 0.3 }), lineRate));
  const phone = await Phone.start({
    name: phoneName, password, sipPort: local.input.ports.sip, autoAnswer: true,
    folder: join(folder, "phone"), voice, signal,
    tones: () => () => [],
  }, () => undefined);
  const ari = new URL(first.ariUrl);
  const way = await wayTo(ari.hostname, Number(ari.port));
  const pbx = new AsteriskPbx({
    name: first.name, app: config.ariApp, clock: systemClock,
    ari: { ...account, url: `http://127.0.0.1:${way.port}` },
    ami: {
      host: first.amiHost, port: first.amiPort, user: first.amiUser, secret: first.amiSecret,
    },
    recordings: { here: config.recordingsDir, onSwitch: config.switchRecordingsDir },
  });
  const world = worldOf({ local, callees, phone, way, folder, signal }, pbx);
  await pbx.open();
  return world;
}

conformsToPort("a real Asterisk", open);
