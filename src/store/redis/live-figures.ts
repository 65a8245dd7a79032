/**
 * Owns the live figures of a campaign on each switch: what a controller sees there now, published
 * for whoever watches. They vanish by themselves when the controller does, and nothing but a
 * picture is lost when Redis is away.
 */
import { Redis } from "ioredis";
import type { Instant } from "../../clock.ts";
import type { CampaignId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { PacingDecision } from "../../pacing/pacer.ts";

export interface LiveFigures {
  readonly at: Instant;
  readonly controller: string;
  /** The switch, and whether it is in use: connected, and known. */
  readonly pbx: string;
  readonly usable: boolean;
  /** How many agents are in each state, by the state's name. */
  readonly agents: Readonly<Record<string, number>>;
  /** Lines placed and not yet answered. */
  readonly lines: number;
  /** People who answered and have no agent yet. */
  readonly waiting: number;
  /** Conversations. */
  readonly talking: number;
  /** The last decision of the pacer. */
  readonly pacing: PacingDecision;
}

export interface LiveBoard {
  /** False when Redis is away; the figures of the next tick make up for it. */
  publish(campaign: CampaignId, figures: LiveFigures): Promise<boolean>;
  /** Of each of these switches where a controller publishes some; none when Redis is away. */
  read(campaign: CampaignId, switches: readonly string[]): Promise<readonly LiveFigures[]>;
  close(): void;
}

const keyOf = (campaign: CampaignId, pbx: string): string =>
  `ringwright:live:${campaign}:${pbx}`;

/** Without Redis nothing is published and nothing is read. */
const nowhere: LiveBoard = {
  publish: () => Promise.resolve(false),
  read: () => Promise.resolve([]),
  close: () => undefined,
};

/** Only figures of our own making are taken: another version's are as good as none. */
function figuresOf(json: string | null): LiveFigures | undefined {
  if (json === null) return undefined;
  try {
    const figures = JSON.parse(json) as Partial<LiveFigures> | null;
    const whole = typeof figures?.at === "number" && typeof figures.pbx === "string"
      && typeof figures.usable === "boolean" && typeof figures.lines === "number"
      && typeof figures.waiting === "number" && typeof figures.talking === "number"
      && typeof figures.agents === "object" && typeof figures.pacing?.why === "string";
    return whole ? figures as LiveFigures : undefined;
  } catch {
    return undefined;
  }
}

/** Connects in the background, and again whenever the connection is lost. */
export function openLiveBoard(url: string | undefined): LiveBoard {
  if (url === undefined) return nowhere;
  const redis = new Redis(url, {
    // A figure that waited for Redis to come back would be an old one.
    maxRetriesPerRequest: 0,
    connectTimeout: limits.storeConnectMs,
    commandTimeout: limits.liveFiguresMs,
    retryStrategy: (times) =>
      Math.min(limits.reconnectFirstMs * 2 ** Math.min(times, 10), limits.reconnectLongestMs),
  });
  // Each lost connection is told here too; the commands that fail by it are what counts.
  redis.on("error", () => undefined);
  return {
    publish: (campaign, figures) =>
      redis.set(keyOf(campaign, figures.pbx), JSON.stringify(figures), "PX", limits.liveFiguresMs)
        .then(() => true, () => false),
    read: (campaign, switches) => switches.length === 0 ? Promise.resolve([])
      : redis.mget(switches.map((pbx) => keyOf(campaign, pbx)))
        .then((found) => found.flatMap((json) => figuresOf(json) ?? []), () => []),
    close: () => { redis.disconnect(); },
  };
}
