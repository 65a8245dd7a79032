import { expect } from "chai";
import { instant } from "../clock.ts";
import type { AttemptId, Epoch } from "../ids.ts";
import type { RecordingRow, Store } from "../store/store.ts";
import { SimulatedClock } from "../testing/simulated-clock.ts";
import { FactJournal } from "./fact-journal.ts";
import { RecordingDesk, type Measure } from "./recording-desk.ts";

describe("the rows of a recording", () => {
  const attempt = "a" as AttemptId;
  const check = async (measure: Measure, expected: readonly string[]) => {
    const clock = new SimulatedClock(instant(0));
    const rows: RecordingRow[] = [];
    const store = { recordRecordings: (each: readonly RecordingRow[]) => {
      rows.push(...each);
      return Promise.resolve();
    } } as Partial<Store> as Store;
    const desk = new RecordingDesk({
      journal: new FactJournal(store, clock), clock, measure, discard: () => Promise.resolve(),
    }, 1 as Epoch);
    void desk.began(attempt, { lead: "lead.wav", agent: "agent.wav" }, instant(0));
    await clock.runFor(100);
    void desk.ended(attempt);
    await clock.runFor(100);
    expect(rows.slice(2).map(({ leg, state, durationMs }) => `${leg} ${state} ${durationMs}`))
      .to.have.members(expected);
  };

  it("say how long it is", () =>
    check(() => Promise.resolve({ durationMs: 20, bytes: 364 }),
      ["lead whole 20", "agent whole 20"]));
  it("say that it is missing where its folder is gone or the disk was full", () =>
    check(() => Promise.resolve(undefined),
      ["lead missing undefined", "agent missing undefined"]));
});
