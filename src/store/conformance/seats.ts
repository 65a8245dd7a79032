/** Owns what every store must do with seats, campaigns and shares of trunks. */
import { expect } from "chai";
import { Fenced } from "../../errors.ts";
import type { ControllerId } from "../../ids.ts";
import {
  busy, finished, here, leaseMs, one, rejection, Run, seatsOf, two, type StoreUnderTest,
} from "./run.ts";

const three = "controller-three" as ControllerId;
const switches = ["virtual-1", "virtual-2", "virtual-3"];

export function seats(under: () => StoreUnderTest): void {
  const take = (controller: ControllerId, names = switches) =>
    under().store.takeSeats({ controller, switches: names, usable: [], leaseMs });
  const names = async (controller: ControllerId, of = switches) =>
    (await take(controller, of)).held.map(({ pbx }) => pbx);

  it("of one switch are held by one controller", async () => {
    expect(await names(one, [here])).to.deep.equal([here]);
    expect(await names(two, [here])).to.deep.equal([]);
    expect(await names(one, [here])).to.deep.equal([here]);
  });

  it("are all taken by one who is alone", async () => {
    expect(await names(one)).to.deep.equal(switches);
  });

  it("have a share for each controller that is there", async () => {
    expect((await take(one)).share).to.equal(3);
    expect((await take(two)).share).to.equal(2);
    expect((await take(three)).share).to.equal(1);
    expect((await take(one)).share).to.equal(1);
  });

  it("that are given back go to one who has less than its share, and no further", async () => {
    await take(one);
    await take(two);
    await under().store.releaseSeats(one, ["virtual-2"]);
    expect(await names(one)).to.deep.equal(["virtual-1", "virtual-3"]);
    expect(await names(two)).to.deep.equal(["virtual-2"]);
  });

  it("are all free when a controller leaves", async () => {
    await take(one);
    await take(two);
    await under().store.releaseSeats(one);
    expect(await names(two)).to.deep.equal(switches);
  });

  it("go to two who ask at once, and none to both", async () => {
    await Promise.all([take(one, []), take(two, [])]);
    const held = await Promise.all([names(one), names(two)]);
    const all = held.flat();
    expect(new Set(all).size).to.equal(all.length);
    expect([...new Set([...all, ...await names(one), ...await names(two)])].sort())
      .to.deep.equal(switches);
  });

  it("keep their epoch when they are renewed", async () => {
    const [first] = await seatsOf(under().store, one);
    const [again] = await seatsOf(under().store, one);
    expect(again).to.deep.equal(first);
  });

  it("have an epoch that no other holding has, and tell the one before", async () => {
    const held = await seatsOf(under().store, one, switches);
    await under().expireSeats();
    const taken = await seatsOf(under().store, two, switches);
    const epochs = [...held, ...taken].map(({ epoch }) => epoch);
    expect(new Set(epochs).size).to.equal(6);
    expect(taken.map(({ before }) => before)).to.deep.equal(held.map(({ epoch }) => epoch));
  });

  it("that ran out are renewed by their holder while nobody took them", async () => {
    const held = await seatsOf(under().store, one);
    await under().expireSeats();
    expect(await seatsOf(under().store, one)).to.deep.equal(held);
  });
}

export function work(under: () => StoreUnderTest): void {
  const atWork = async () => (await under().store.campaigns()).map(({ id }) => id);

  for (const [state, taken] of [
    ["draft", false], ["running", true], ["paused", false], ["stopping", true],
    ["finished", false],
  ] as const) {
    it(`${taken ? "has" : "leaves out"} a campaign that is ${state}`, async () => {
      const campaign = await under().addCampaign({ state, numbers: ["+4930100"] });
      expect(await atWork()).to.deep.equal(taken ? [campaign] : []);
    });
  }

  it("has a paused campaign whose calls are not over", async () => {
    const run = await Run.start(under(), ["+4930100"]);
    const { attempt } = await run.dial();
    await under().setState(run.campaign, "paused");
    expect(await atWork()).to.deep.equal([run.campaign]);
    await run.end(attempt, busy, finished);
    expect(await atWork()).to.deep.equal([]);
  });

  it("ends with the campaign, and not before everything is done", async () => {
    const run = await Run.start(under(), ["+4930100"]);
    const finish = () => under().store.finishCampaign(run.campaign, run.epoch);
    await finish();
    expect(await atWork()).to.have.length(1);
    const { attempt } = await run.dial();
    await finish();
    expect(await atWork()).to.have.length(1);
    await run.end(attempt, busy, finished);
    await finish();
    expect(await atWork()).to.deep.equal([]);
  });

  it("ends for a stopping campaign while leads are left, and not while calls are", async () => {
    const run = await Run.start(under(), ["+4930100", "+4930101"]);
    const { attempt } = await run.dial();
    await under().setState(run.campaign, "stopping");
    await under().store.finishCampaign(run.campaign, run.epoch);
    expect(await atWork()).to.have.length(1);
    await run.end(attempt, busy, finished);
    await under().store.finishCampaign(run.campaign, run.epoch);
    expect(await atWork()).to.deep.equal([]);
  });

  it("places nothing for a campaign that does not run", async () => {
    const run = await Run.start(under(), ["+4930100"]);
    const [lead] = await run.lease();
    if (!lead) throw new Error("no lead");
    for (const state of ["paused", "stopping", "finished"] as const) {
      await under().setState(run.campaign, state);
      expect(await run.place(run.intent(lead))).to.deep.equal([]);
    }
  });
}

export function shares(under: () => StoreUnderTest): void {
  /** Two switches of two controllers, with one trunk of ten channels. */
  const open = async () => {
    const trunk = await under().addTrunk("carrier");
    const held = [
      ...await seatsOf(under().store, one, ["virtual-1"]),
      ...await seatsOf(under().store, two, ["virtual-2"]),
    ];
    const ask = async (who: 0 | 1, using: number, wanted: number) => {
      const epoch = held[who]?.epoch;
      if (epoch === undefined) throw new Error("no seat");
      return (await under().store.shareTrunks(epoch, [{ trunk, using, wanted }])).get(trunk);
    };
    return { trunk, ask };
  };
  const check = (
    name: string, questions: readonly (readonly [who: 0 | 1, using: number, wanted: number])[],
    answers: readonly number[],
  ) => it(name, async () => {
    const { ask } = await open();
    const granted: (number | undefined)[] = [];
    for (const [who, using, wanted] of questions) granted.push(await ask(who, using, wanted));
    expect(granted).to.deep.equal(answers);
  });

  check("are the whole trunk for a switch that is alone", [[0, 0, 3]], [10]);
  check("are none for a switch that dials nothing", [[0, 0, 0]], [0]);
  check("wait until another one gives back what it does not use",
    [[0, 0, 10], [1, 0, 10], [0, 2, 10], [1, 0, 10]], [10, 0, 5, 5]);
  check("leave what is in use with its switch",
    [[0, 8, 10], [1, 0, 10], [0, 8, 10], [1, 0, 10]], [10, 0, 8, 2]);
  check("leave to one what the other could not use",
    [[0, 0, 10], [1, 0, 2], [0, 0, 10], [1, 0, 2]], [10, 0, 8, 2]);
  check("come back when the other has nothing to dial any more",
    [[0, 0, 10], [1, 0, 10], [0, 0, 10], [1, 0, 10], [1, 0, 0], [0, 0, 10]],
    [10, 0, 5, 5, 0, 10]);

  it("are asked for by a controller that has the switch, and no other", async () => {
    const { ask } = await open();
    await under().expireSeats();
    await seatsOf(under().store, two, ["virtual-1"]);
    expect(await rejection(ask(0, 0, 10))).to.be.instanceOf(Fenced);
  });
}
