/**
 * Legs that wait on a real Asterisk: by how many requests they are joined, and that nobody hears
 * them by mistake, whatever is answered to an order and whoever gave the one before.
 */
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { CallId, LegId, TrunkName } from "../../ids.ts";
import { waitUntil } from "../../stack/patience.ts";
import { ariOfStack, ordersToStack, pbxOfStack, Talkers }
  from "../../testing/deployment/talkers.ts";
import type { PbxEvent } from "../pbx.ts";
import type { AriClient } from "./ari-client.ts";
import type { AsteriskPbx } from "./asterisk-pbx.ts";
import { FaultyWay, type Fate } from "./faulty-way.ts";
import { quietBridge } from "./wire.ts";

const trunk = "waiting" as TrunkName;

describe("a leg that waits on a real Asterisk", function () {
  this.timeout(60_000);
  let talkers: Talkers;
  let way: FaultyWay;
  let pbx: AsteriskPbx;
  let behind: AriClient;
  const events: PbxEvent[] = [];
  /** What was ordered of bridges, `POST addChannel` for instance. */
  const orders: string[] = [];
  let fate: (order: string) => Fate | undefined;

  before(async () => {
    talkers = await Talkers.open({ trunk, prefix: "+12015552", count: 60, ringMs: 100 });
    behind = ordersToStack();
    const { hostname: host, port } = new URL(ariOfStack().url);
    way = await FaultyWay.to({ host, port: Number(port) });
    way.fate = (method, url) => {
      const path = url.replace(/\?.*/, "");
      if (!path.includes("/bridges")) return undefined;
      const order = `${method} ${path.split("/").at(-1) ?? ""}`;
      orders.push(order);
      return fate(order);
    };
    pbx = opened();
    await pbx.open();
  });
  beforeEach(() => { fate = () => undefined; });
  afterEach(async () => {
    fate = () => undefined;
    const { legs } = await pbx.survey();
    await Promise.all(legs.map(({ leg }) => pbx.hangUp(leg, "normal")));
    await waitUntil(async () => (await pbx.survey()).legs.length === 0 || undefined,
      { deadlineMs: 5_000 });
  });
  after(async () => {
    await pbx.close();
    await behind.close();
    way.close();
    await talkers.close();
  });

  function opened(): AsteriskPbx {
    const made = pbxOfStack({ ...ariOfStack(), url: way.url });
    made.onEvent((event) => { events.push(event); });
    return made;
  }
  const seen = async (found: (event: PbxEvent) => boolean): Promise<void> => {
    const event = await waitUntil(() => Promise.resolve(events.find(found)),
      { deadlineMs: 10_000 });
    expect(event).to.not.equal(undefined);
  };
  async function answered(): Promise<LegId> {
    const leg = randomUUID() as LegId;
    await pbx.placeLeg({
      leg, to: { kind: "number", trunk, number: talkers.next() }, ringMs: 20_000,
      tags: {}, callerId: { number: "1000", name: "waiting" }, reportTalking: false,
      safeHarbour: { kind: "prompt", name: "safe-harbour", language: "en" },
    });
    await seen((each) => each.type === "leg-answered" && each.leg === leg);
    return leg;
  }
  async function waits(): Promise<LegId> {
    const leg = await answered();
    await pbx.hold(leg, "silence");
    return leg;
  }
  const callOf = (lead: LegId): CallId => lead as string as CallId;
  const join = (leadLeg: LegId, agentLeg: LegId): Promise<void> =>
    pbx.join({ call: callOf(leadLeg), leadLeg, agentLeg });
  async function ends(leg: LegId): Promise<void> {
    await pbx.hangUp(leg, "normal");
    await seen((each) => each.type === "leg-ended" && each.leg === leg);
  }
  const during = async (work: () => Promise<unknown>): Promise<string> => {
    orders.length = 0;
    await work();
    return orders.join(", ");
  };
  const nameOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(() => "done", (error: unknown) => (error as Error).name);
  /** Who hears this leg, asked of the switch itself. */
  async function heardBy(leg: LegId): Promise<readonly string[]> {
    const bridges = await behind.request({ method: "GET", path: ["bridges"] }) as
      readonly { readonly channels: readonly string[] }[];
    return bridges.filter(({ channels }) => channels.includes(leg))
      .flatMap(({ channels }) => channels.filter((each) => each !== leg));
  }

  it("is joined by one request, and needs none afterwards", async () => {
    const agent = await waits();
    for (let call = 0; call < 2; call++) {
      const lead = await answered();
      expect(await during(() => join(lead, agent))).to.equal("POST addChannel");
      await seen((each) => each.type === "legs-joined" && each.call === callOf(lead));
      expect(await during(async () => {
        await ends(lead);
        await pbx.hold(agent, "silence");
      })).to.equal("");
      expect(await heardBy(agent)).to.deep.equal([]);
    }
  });

  for (const answer of [500, 503, "none"] as const) {
    it(`hears nobody by mistake when a join acted and ${answer} was answered`, async () => {
      const [agent, lead, next] = [await waits(), await answered(), await answered()];
      fate = (order) => order === "POST addChannel" ? { acts: true, answer } : undefined;
      expect(await nameOf(join(lead, agent))).to.match(/Refused$|Unreachable$/);
      fate = () => undefined;
      expect(await heardBy(agent), "it acted").to.deep.equal([lead]);
      // The lead goes to another agent, as far as we know, and that fails as well.
      fate = () => ({ acts: false, answer: 500 });
      expect(await nameOf(join(lead, next))).to.match(/Refused$/);
      fate = () => undefined;
      await pbx.hold(agent, "silence");
      expect(await heardBy(agent)).to.deep.equal([]);
      await join(next, agent);
      expect(await heardBy(agent)).to.deep.equal([next]);
    });
  }

  it("is joined elsewhere when its bridge is gone", async () => {
    const [agent, lead] = [await waits(), await answered()];
    await behind.request({ method: "DELETE", path: ["bridges", quietBridge(agent)] });
    expect(await during(() => join(lead, agent)))
      .to.equal(`POST addChannel, POST call-${lead}, POST addChannel`);
    await seen((each) => each.type === "legs-joined" && each.call === callOf(lead));
    expect(await heardBy(agent)).to.deep.equal([lead]);
    await ends(lead);
    await pbx.hold(agent, "silence");
    const next = await answered();
    expect(await during(() => join(next, agent))).to.equal("POST addChannel");
    await seen((each) => each.type === "legs-joined" && each.call === callOf(next));
  });

  it("is not given to a second one while the first could not be taken out", async () => {
    const [agent, lead, next] = [await waits(), await answered(), await answered()];
    await join(lead, agent);
    fate = (order) => order === "POST removeChannel" ? { acts: false, answer: 500 } : undefined;
    expect(await nameOf(pbx.part(callOf(lead)))).to.match(/Refused$/);
    expect(await nameOf(pbx.hold(agent, "silence"))).to.match(/Refused$/);
    await join(next, agent);
    expect(await heardBy(agent)).to.deep.equal([next]);
    fate = () => undefined;
    await pbx.hold(agent, "silence");
    expect(await heardBy(agent)).to.deep.equal([]);
  });

  it("is rid at once of whom a late order puts there", async () => {
    const [agent, lead] = [await waits(), await answered()];
    await behind.request({
      method: "POST", path: ["bridges", quietBridge(agent), "addChannel"], query: { channel: lead },
    });
    const alone = await waitUntil(async () => (await heardBy(agent)).length === 0 || undefined,
      { deadlineMs: 5_000 });
    expect(alone).to.equal(true);
  });

  for (const over of ["the lead ends", "the call is taken apart"]) {
    it(`is left by a supervisor when ${over}`, async () => {
      const [agentLeg, lead, supervisorLeg] = [await waits(), await answered(), await answered()];
      await join(lead, agentLeg);
      await pbx.supervise({ mode: "barge", supervisorLeg, agentLeg, call: callOf(lead) });
      expect(await heardBy(agentLeg)).to.have.members([lead, supervisorLeg]);
      if (over === "the lead ends") await ends(lead);
      else await pbx.part(callOf(lead));
      const alone = await waitUntil(
        async () => (await heardBy(agentLeg)).length === 0 || undefined, { deadlineMs: 5_000 });
      expect(alone).to.equal(true);
    });
  }

  it("talks on under the next controller, which takes the call apart", async () => {
    const [agent, lead] = [await waits(), await answered()];
    await join(lead, agent);
    const old = pbx;
    pbx = opened();
    await pbx.open();
    await old.close();
    const { legs } = await pbx.survey();
    expect(legs.filter(({ call }) => call === callOf(lead)).map(({ leg }) => leg))
      .to.have.members([lead, agent]);
    await pbx.play({
      play: randomUUID() as never, leg: agent, over: true,
      prompts: [{ kind: "tone", name: "recording" }],
    });
    await pbx.hold(agent, "silence");
    expect(await heardBy(agent)).to.deep.equal([]);
    const next = await answered();
    expect(await during(() => join(next, agent))).to.equal("POST addChannel");
    await ends(next);
    await ends(lead);
  });

  it("that waited for a controller before is joined and held by the next", async () => {
    const [agent, lead] = [await waits(), await answered()];
    const old = pbx;
    pbx = opened();
    await pbx.open();
    await old.close();
    await pbx.survey();
    await join(lead, agent);
    expect(await heardBy(agent)).to.deep.equal([lead]);
    await ends(lead);
    await pbx.hold(agent, "silence");
    expect(await heardBy(agent)).to.deep.equal([]);
  });
});
