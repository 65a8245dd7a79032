import { expect } from "chai";
import { instant } from "../clock.ts";
import { StoreUnavailable } from "../errors.ts";
import type { ControllerId } from "../ids.ts";
import { limits } from "../limits.ts";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import { SimulatedStore } from "../testing/simulated-store.ts";
import { Seat } from "./seat.ts";

/** Controllers that want the one seat, and what became of each. */
class Room {
  readonly clock = new SimulatedClock(instant(0));
  readonly store = new SimulatedStore(this.clock);
  readonly said: string[] = [];

  enter(name: string): Seat {
    const seat = new Seat(this.store, this.clock, name as ControllerId,
      ({ message }) => { this.said.push(`${name} lost: ${message}`); });
    seat.wait(() => { this.said.push(`${name} stands by`); }).then(
      (ours) => { this.said.push(ours ? `${name} serves` : `${name} left`); },
      (error: unknown) => { this.said.push(`${name} failed: ${String(error)}`); });
    return seat;
  }
}

describe("the seat at the switches", () => {
  const check = async (story: (room: Room) => Promise<void>, ...said: readonly string[]) => {
    const room = new Room();
    await story(room);
    expect(room.said).to.deep.equal(said);
  };
  const soon = 10;

  it("is one controller's; the next stands by", () => check(async (room) => {
    room.enter("one");
    await room.clock.runFor(soon);
    room.enter("two");
    await room.clock.runFor(soon);
  }, "one serves", "two stands by"));

  it("goes to the other within the lease when its holder dies", () => check(async (room) => {
    const dead = room.enter("one");
    await room.clock.runFor(soon);
    room.enter("two");
    dead.stop();
    await room.clock.runFor(limits.campaignLeaseMs - limits.standByMs);
    room.said.push("not yet");
    await room.clock.runFor(2 * limits.standByMs);
  }, "one serves", "two stands by", "not yet", "two serves"));

  it("goes to the other at once when it is given back", () => check(async (room) => {
    room.enter("one");
    await room.clock.runFor(soon);
    room.enter("two");
    await room.store.releaseCampaigns("one" as ControllerId);
    await room.clock.runFor(limits.standByMs + soon);
  }, "one serves", "two stands by", "two serves"));

  it("is lost to a holder that renews too late", () => check(async (room) => {
    const late = room.enter("one");
    await room.clock.runFor(soon);
    room.enter("two");
    await room.clock.runFor(limits.campaignLeaseMs + limits.standByMs);
    await late.renew();
  }, "one serves", "two stands by", "two serves", "one lost: another controller has taken over"));

  it("is waited for while the store is away", () => check(async (room) => {
    room.enter("one");
    await room.clock.runFor(soon);
    room.enter("two");
    await room.clock.runFor(soon);
    room.store.fault = () => "away";
    await room.clock.runFor(20_000);
    room.store.fault = () => "none";
    await room.clock.runFor(limits.standByMs + soon);
  }, "one serves", "two stands by", "two serves"));

  it("is told to be out of reach when there is no store at the start", () => check(async (room) => {
    room.store.fault = () => "away";
    room.enter("one");
    await room.clock.runFor(soon);
  }, `one failed: ${String(new StoreUnavailable("the simulated store is away"))}`));
});

describe("a process that hung", () => {
  it("ends itself when it wakes, before it does anything else", async () => {
    const room = new Room();
    let asleepMs = 0;
    // Its own clock jumps, as it does for a process that was stopped.
    const clock = { at: room.clock.at.bind(room.clock),
      now: () => instant(room.clock.now() + asleepMs) };
    const said: string[] = [];
    const seat = new Seat(room.store, { ...clock, at: (when, run) =>
      room.clock.at(instant(when - asleepMs), run) }, "one" as ControllerId,
    ({ message }) => { said.push(message); });
    await seat.wait(() => undefined);
    await room.clock.runFor(5_000);
    expect(said).to.deep.equal([]);
    asleepMs = limits.hungMs;
    await room.clock.runFor(1_000);
    expect(said.join()).to.match(/did nothing for \d+ ms/);
  });
});
