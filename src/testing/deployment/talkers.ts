/** Owns people behind a trunk of the local Asterisk, who answer and talk, for tests of a switch. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { loadConfig, type SwitchConfig } from "../../config.ts";
import type { DialNumber, TrunkName } from "../../ids.ts";
import { AriClient, type AriAccount } from "../../telephony/asterisk/ari-client.ts";
import { AsteriskPbx } from "../../telephony/asterisk/asterisk-pbx.ts";
import type { Person } from "../demo/people.ts";
import { startPublic, type Public } from "../demo/public.ts";
import { trunkNamed } from "../floor-plan.ts";
import { stackSwitch, type TestSwitch } from "./switches.ts";

interface Talking {
  readonly trunk: TrunkName;
  /** Their numbers are this and two digits. */
  readonly prefix: string;
  readonly count: number;
  readonly ringMs: number;
}

const numberOf = (prefix: string, index: number): DialNumber =>
  `${prefix}${100 + index}` as DialNumber;

export class Talkers {
  readonly callees: Public;
  readonly #folder: string;
  readonly #local: TestSwitch;
  readonly #talking: Talking;
  #called = 0;

  private constructor(parts: {
    folder: string; local: TestSwitch; callees: Public; talking: Talking;
  }) {
    this.callees = parts.callees;
    this.#folder = parts.folder;
    this.#local = parts.local;
    this.#talking = parts.talking;
  }

  static async open(talking: Talking): Promise<Talkers> {
    const { trunk, prefix, count, ringMs } = talking;
    const people = Array.from({ length: count }, (_, i): Person => {
      const conduct = { behaviour: "talks", ringMs, talkMs: 60_000 } as const;
      return { number: numberOf(prefix, i), name: "somebody", first: conduct, later: conduct };
    });
    const folder = mkdtempSync(join(tmpdir(), `ringwright-${trunk}-`));
    const local = stackSwitch();
    const callees = await startPublic(
      { folder: join(folder, "public"), people, signal: new AbortController().signal });
    await local.furnish({ phones: [], trunks: [
      { ...trunkNamed(trunk), port: callees.port, codecs: ["alaw"], password: undefined }] });
    return new Talkers({ folder, local, callees, talking });
  }

  /** Somebody who was not called before. */
  next(): DialNumber {
    if (this.#called >= this.#talking.count) throw new Error("more people are needed");
    return numberOf(this.#talking.prefix, this.#called++);
  }

  async close(): Promise<void> {
    await this.callees.child.stop();
    await this.#local.furnish({ phones: [], trunks: [] });
    rmSync(this.#folder, { recursive: true });
  }
}

function serverOfStack(): SwitchConfig {
  const [first] = loadConfig().switches;
  if (!first) throw new Error("no local Asterisk: run `ringwright up` first");
  return first;
}

/** How the local Asterisk is commanded. */
export function ariOfStack(): AriAccount {
  const first = serverOfStack();
  return { url: first.ariUrl, user: first.ariUser, password: first.ariPassword };
}

/** Gives orders to the local Asterisk and looks, as no controller: it opens no application. */
export function ordersToStack(): AriClient {
  const nothing = (): void => undefined;
  const done = (): Promise<void> => Promise.resolve();
  return new AriClient(ariOfStack(), "", systemClock,
    { frame: nothing, opened: done, probe: done, up: nothing, down: nothing });
}

/** The adapter to the local Asterisk; `ari` may be a way to it that fails. */
export function pbxOfStack(ari: AriAccount): AsteriskPbx {
  const config = loadConfig();
  const first = serverOfStack();
  return new AsteriskPbx({
    name: "asterisk-1", app: config.ariApp, clock: systemClock, ari,
    ami: { host: first.amiHost, port: first.amiPort, user: first.amiUser, secret: first.amiSecret },
    recordings: { here: config.recordingsDir, onSwitch: config.switchRecordingsDir },
  });
}
