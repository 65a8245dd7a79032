/**
 * Owns the yardstick: the least that dials by ARI. One events socket, one request per command, no
 * database, no rules; what it cannot do faster on this switch, nobody can.
 */
import { randomUUID } from "node:crypto";
import { Pool } from "undici";
import { WebSocket } from "ws";
import type { SwitchConfig } from "../../src/config.ts";
import { limits } from "../../src/limits.ts";
import { nowMs, type Passage } from "./watch.ts";

const APP = "bench-bare";

interface BareEvent {
  readonly type: string;
  readonly channel?: { readonly id: string };
}

export class BareClient {
  readonly passages = new Map<string, Passage>();
  readonly #pool: Pool;
  readonly #headers: { readonly authorization: string };
  readonly #socket: WebSocket;
  /** Legs of agents who are free, to be joined with who answers; none: nobody is joined. */
  readonly #free: string[];
  readonly #agentOf = new Map<string, string>();

  constructor(config: SwitchConfig, agentLegs: readonly string[]) {
    const pair = Buffer.from(`${config.ariUser}:${config.ariPassword}`).toString("base64");
    this.#headers = { authorization: `Basic ${pair}` };
    this.#pool = new Pool(config.ariUrl, { connections: limits.switchSockets, pipelining: 1 });
    this.#free = [...agentLegs];
    this.#socket = new WebSocket(
      `${config.ariUrl.replace(/^http/, "ws")}/ari/events?app=${APP}`, { headers: this.#headers });
    this.#socket.on("message", (data) => {
      this.#event(JSON.parse((data as Buffer).toString("utf8")) as BareEvent);
    });
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once("open", () => { resolve(); });
      this.#socket.once("error", reject);
    });
  }

  place(number: string): void {
    const id = randomUUID();
    this.passages.set(id, { number, placedAt: nowMs(), storeMs: 0 });
    void this.#send("POST", `channels/${id}`, {
      endpoint: `PJSIP/${number}@trunk-people`, app: APP, timeout: "25", callerId: "1000",
    });
  }

  async close(): Promise<void> {
    this.#socket.terminate();
    await this.#pool.close();
  }

  #event({ type, channel }: BareEvent): void {
    const passage = channel && this.passages.get(channel.id);
    if (!passage) return;
    if (type === "StasisStart") {
      passage.heardAt = nowMs();
      const agent = this.#free.shift();
      if (agent !== undefined) void this.#join(channel.id, agent, passage);
    } else if (type === "ChannelDestroyed") {
      passage.endedAt = nowMs();
      const agent = this.#agentOf.get(channel.id);
      if (agent === undefined) return;
      this.#agentOf.delete(channel.id);
      this.#free.push(agent);
      void this.#send("DELETE", `bridges/bare-${channel.id}`, {});
    }
  }

  async #join(lead: string, agent: string, passage: Passage): Promise<void> {
    this.#agentOf.set(lead, agent);
    passage.joinAskedAt = nowMs();
    await this.#send("POST", `bridges/bare-${lead}`, { type: "mixing" });
    await this.#send("POST", `bridges/bare-${lead}/addChannel`, { channel: `${lead},${agent}` });
    passage.joinedAt = nowMs();
  }

  async #send(
    method: "POST" | "DELETE", path: string, query: Readonly<Record<string, string>>,
  ): Promise<void> {
    const response = await this.#pool.request({
      method, path: `/ari/${path}`, query, headers: this.#headers,
    });
    await response.body.dump();
  }
}
