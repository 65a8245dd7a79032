/** Owns the demo's agents together: their phones, their log-in, their going home. */
import { randomInt } from "node:crypto";
import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDir } from "../../config.ts";
import { readCatalogue, tonesIn } from "../../prompts/catalogue.ts";
import type { Random } from "../../random.ts";
import { text } from "../../language.ts";
import { writeWav } from "../../recording/wav.ts";
import { waitUntil } from "../../stack/patience.ts";
import { DemoAgent, type AgentTally } from "./agent.ts";
import type { RunNames } from "./campaign-file.ts";
import { order } from "./command-line.ts";
import { DemoFailure } from "./failure.ts";
import { toneListener } from "./tones.ts";
import { agentSpeech, lineRate } from "./voices.ts";

/** An agent as the product's list of them shows one. */
interface ListedAgent {
  readonly phone: string;
  readonly state: string | null;
}

interface Account {
  readonly phone: string;
  readonly pin: string;
  readonly sipPassword: string;
}

/** Every fourth agent is rung for each call; the others stay on the line. */
const isOnHook = (index: number): boolean => index % 4 === 3;

/** A shift; the voice of a phone must not end before it. */
const speechMs = 600_000;
/** A phone registers in well under a second, and the voice that asks for the PIN speaks three. */
const logInMs = 30_000;
const logOutMs = 15_000;

/** Adds the agents to the product and keeps their secrets, which are told only once. */
export async function addAgents(
  names: RunNames, count: number, signal: AbortSignal,
): Promise<readonly Account[]> {
  const accounts: Account[] = [];
  for (let index = 0; index < count; index++) {
    const pin = String(randomInt(1_000, 10_000));
    accounts.push(await order([
      "agent", "add", `Demo agent ${index + 1}`, "--phone", names.phone(index), "--pin", pin,
      "--language", index % 2 === 0 ? "en" : "zh", "--campaign", names.campaign,
    ], signal) as Account);
  }
  return accounts;
}

export class Floor {
  private readonly agents: readonly DemoAgent[];
  private readonly accounts: readonly Account[];
  private readonly signal: AbortSignal;

  constructor(
    accounts: readonly Account[],
    { folder, sipPort, random, signal }: {
      folder: string; sipPort: number; random: Random; signal: AbortSignal;
    },
  ) {
    const voice = join(folder, "agent-voice.wav");
    writeFileSync(voice, writeWav(agentSpeech(speechMs), lineRate));
    const tones = tonesIn(
      readCatalogue(readFileSync(join(projectDir, "sounds", "prompts.yaml"), "utf8")));
    this.signal = signal;
    this.accounts = accounts;
    this.agents = accounts.map(({ phone, pin, sipPassword }, index) => new DemoAgent({
      mode: isOnHook(index) ? "on-hook" : "off-hook", pin, random: random.fork(`agent-${index}`),
      phone: {
        name: phone, password: sipPassword, sipPort, folder: join(folder, phone), voice, signal,
        tones: () => toneListener(tones),
      },
    }));
  }

  /** Every agent logs in at the phone; resolves when the product says that all are ready. */
  async open(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.logIn()));
    await this.until((state) => state === "ready", logInMs, "log in");
  }

  /**
   * Each agent whom the product took for gone comes back: logs in again, or ends the pause. What a
   * phone cannot do now, since the switch is away, it tries at the next call of this.
   */
  async recall(): Promise<void> {
    const listed = await order(["agent", "list"], this.signal) as readonly ListedAgent[];
    const states = new Map(listed.map(({ phone, state }) => [phone, state]));
    await Promise.all(this.agents.map((agent, index) =>
      agent.recall(states.get(this.accounts[index]?.phone ?? ""))));
  }

  async close(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.logOut()));
    await this.until((state) => state === "logged-out", logOutMs, "log out");
  }

  stop(): Promise<unknown> { return Promise.all(this.agents.map((agent) => agent.stop())); }

  tallies(): readonly (AgentTally & { readonly phone: string })[] {
    return this.agents.map(({ tally }, index) =>
      ({ phone: this.accounts[index]?.phone ?? "", ...tally }));
  }

  private async until(
    wanted: (state: string | null) => boolean, deadlineMs: number, what: string,
  ): Promise<void> {
    const ours = new Set(this.accounts.map(({ phone }) => phone));
    let others: readonly ListedAgent[] = [];
    const done = await waitUntil(async () => {
      const listed = await order(["agent", "list"], this.signal) as readonly ListedAgent[];
      others = listed.filter(({ phone, state }) => ours.has(phone) && !wanted(state));
      return others.length === 0 || undefined;
    }, { deadlineMs, signal: this.signal });
    if (done) return;
    const those = others.map(({ phone, state }) => `${phone} is ${state ?? "unknown"}`).join(", ");
    throw new DemoFailure(text(`not every agent could ${what}: ${those}`,
      `并非所有坐席都完成 ${what}：${those}`));
  }
}
