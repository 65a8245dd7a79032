/** Owns the production controller as benches run it, in their own process or in a child's. */
import { randomUUID } from "node:crypto";
import { systemClock } from "../../src/clock.ts";
import { loadConfig, type SwitchConfig } from "../../src/config.ts";
import { Controller } from "../../src/engine/controller.ts";
import { gatedStore } from "../../src/engine/gated-store.ts";
import { loadRulebook } from "../../src/engine/pack-files.ts";
import type { ControllerId, PhoneName } from "../../src/ids.ts";
import type { CampaignSettings } from "../../src/campaign/settings.ts";
import type { Pacer } from "../../src/pacing/pacer.ts";
import { waitUntil } from "../../src/stack/patience.ts";
import { compliance } from "../../src/store/postgres/compliance.ts";
import { openDatabase } from "../../src/store/postgres/database.ts";
import { createStore } from "../../src/store/postgres/store.ts";
import type { Store } from "../../src/store/store.ts";
import { AsteriskPbx } from "../../src/telephony/asterisk/asterisk-pbx.ts";

/** Ours alone: no other controller on the same switch is disturbed, and none disturbs us. */
const APP = "ringwright";

export type PacerFor = (settings: CampaignSettings) => Pacer;
/** May wrap the ports that the controller is given. */
export type Watch = (pbx: AsteriskPbx, store: Store) => Store;

export interface ControllerPlace {
  readonly databaseUrl: string;
  readonly switchConfig: SwitchConfig;
  /** Their phones are `desk-1` and so on. */
  readonly agents: number;
}

export interface Running {
  readonly controller: Controller;
  /** Dials nothing new, waits for the calls to end, and stops. */
  stop(): Promise<void>;
}

export const accountOf = (config: SwitchConfig) =>
  ({ url: config.ariUrl, user: config.ariUser, password: config.ariPassword });

export function pbxAt(config: SwitchConfig): AsteriskPbx {
  const { recordingsDir, switchRecordingsDir } = loadConfig();
  return new AsteriskPbx({
    name: config.name, app: APP, clock: systemClock, ari: accountOf(config),
    ami: {
      host: config.amiHost, port: config.amiPort, user: config.amiUser, secret: config.amiSecret,
    },
    recordings: { here: recordingsDir, onSwitch: switchRecordingsDir },
  });
}

const openRecordings = {
  name: "bench-open-recordings", text: "select from recordings where state = 'running' limit 1",
};

export async function startController(
  { databaseUrl, switchConfig, agents }: ControllerPlace,
  pacerFor: PacerFor, watch: Watch = (_pbx, store) => store,
): Promise<Running> {
  const pbx = pbxAt(switchConfig);
  // SIPp registers nowhere; its phones are there all the same.
  const survey = pbx.survey.bind(pbx);
  const phones = Array.from({ length: agents }, (_, index) => `desk-${index + 1}` as PhoneName);
  pbx.survey = async () => ({ ...await survey(), reachablePhones: phones });
  const sql = openDatabase(databaseUrl, { lookups: true });
  const store = watch(pbx, createStore(databaseUrl));
  const controller = new Controller({
    id: randomUUID() as string as ControllerId, clock: systemClock, switches: [pbx],
    store: gatedStore({
      store, compliance: compliance(sql), clock: systemClock, rulebook: await loadRulebook(),
    }),
    log: { line: (level, event, fields) => {
      if (level === "error") process.stderr.write(`${event} ${JSON.stringify(fields)}\n`);
    } },
    board: { publish: () => Promise.resolve(true) }, newId: randomUUID,
    measure: () => Promise.resolve(undefined), pacerFor, discard: () => Promise.resolve(),
    onFatal: (error) => { process.stderr.write(`${String(error)}\n`); },
  });
  await controller.start();
  return {
    controller,
    async stop() {
      controller.drain();
      await waitUntil(() => Promise.resolve(controller.liveCalls === 0 || undefined),
        { deadlineMs: 60_000, signal: new AbortController().signal });
      // The switch closes the last recordings some moments after their calls.
      await waitUntil(async () => (await sql.query(openRecordings)).length === 0 || undefined,
      { deadlineMs: 20_000, signal: new AbortController().signal });
      await controller.stop();
      await store.close();
      await sql.close();
    },
  };
}
