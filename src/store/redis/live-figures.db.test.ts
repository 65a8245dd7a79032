import { expect } from "chai";
import { Redis } from "ioredis";
import { instant } from "../../clock.ts";
import { loadConfig } from "../../config.ts";
import type { CampaignId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { SilentWay } from "../../testing/silent-way.ts";
import { openLiveBoard, type LiveBoard, type LiveFigures } from "./live-figures.ts";

const figures: LiveFigures = {
  at: instant(1_000), controller: "controller-1", pbx: "asterisk-1", usable: true, agents: { ready: 2 }, lines: 3, waiting: 1,
  talking: 4, pacing: { dials: 2, why: "agents-free" },
};
/** An id that no campaign of a test database has. */
const campaign = 2_147_483_000 as CampaignId;
const key = `ringwright:live:${campaign}:asterisk-1`;
const switches = ["asterisk-1", "asterisk-2"];

describe("live figures", () => {
  let board: LiveBoard;
  let redis: Redis;
  before(function () {
    const { redisUrl } = loadConfig();
    // One node may run without Redis; where there is none, there is nothing to test against.
    if (redisUrl === undefined) return this.skip();
    board = openLiveBoard(redisUrl);
    redis = new Redis(redisUrl);
  });
  beforeEach(() => redis.del(key));
  after(async () => {
    if (redis) await redis.del(key);
    redis?.disconnect();
    board?.close();
  });

  it("are read as they were published", async () => {
    expect(await board.publish(campaign, figures)).to.equal(true);
    expect(await board.read(campaign, switches)).to.deep.equal([figures]);
  });
  it("are absent when nobody published", async () => {
    expect(await board.read(campaign, switches)).to.deep.equal([]);
  });
  it("vanish by themselves", async () => {
    await board.publish(campaign, figures);
    expect(await redis.pttl(key)).to.be.within(1, limits.liveFiguresMs);
  });
  it("are there again with the next tick, when Redis was flushed", async () => {
    // A database of its own: what others keep is not ours to flush.
    const url = new URL(loadConfig().redisUrl ?? "");
    url.pathname = "/15";
    const [own, other] = [new Redis(url.href), openLiveBoard(url.href)];
    await other.publish(campaign, figures);
    await own.flushdb();
    expect(await other.read(campaign, switches)).to.deep.equal([]);
    expect(await other.publish(campaign, figures)).to.equal(true);
    expect(await other.read(campaign, switches)).to.deep.equal([figures]);
    await own.flushdb();
    own.disconnect();
    other.close();
  });
  it("count as not shown when Redis is there and never answers", async () => {
    const { hostname: host, port } = new URL(loadConfig().redisUrl ?? "");
    const way = await SilentWay.to({ host, port: Number(port) });
    const other = openLiveBoard(way.through(loadConfig().redisUrl ?? ""));
    expect(await other.publish(campaign, figures)).to.equal(true);
    way.silence();
    expect(await other.publish(campaign, figures)).to.equal(false);
    expect(await other.read(campaign, switches)).to.deep.equal([]);
    other.close();
    way.close();
  });
  for (const broken of ["", "null", "[]", '{"at": 1}', "{"]) {
    it(`are absent when what is stored is ${JSON.stringify(broken)}`, async () => {
      await redis.set(key, broken);
      expect(await board.read(campaign, switches)).to.deep.equal([]);
    });
  }
});

describe("live figures without Redis", () => {
  for (const url of [undefined, "redis://127.0.0.1:1"]) {
    it(`are neither published nor read at ${url ?? "no address"}`, async () => {
      const board = openLiveBoard(url);
      expect(await board.publish(campaign, figures)).to.equal(false);
      expect(await board.read(campaign, switches)).to.deep.equal([]);
      board.close();
    });
  }
});
