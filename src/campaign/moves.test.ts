import { expect } from "chai";
import { UserError } from "../errors.ts";
import type { CampaignState } from "../store/store.ts";
import { moveOf, type CampaignOrder } from "./moves.ts";

describe("an order to a campaign", () => {
  const states: readonly CampaignState[] = ["draft", "running", "paused", "stopping", "finished"];
  /** For each state in that order: the next one, or `-` where the order is refused. */
  const check = (order: CampaignOrder, expected: string) => {
    const found = states.map((state) => {
      try {
        return moveOf("spring", state, order);
      } catch (error) {
        expect(error).to.be.instanceOf(UserError);
        return "-";
      }
    });
    expect(found.join(" ")).to.equal(expected);
  };

  it("starts a draft, and a second time does nothing", () => check("start", "running running - - -"));
  it("pauses what runs", () => check("pause", "- paused paused - -"));
  it("resumes what is paused", () => check("resume", "- running running - -"));
  it("stops what was started", () => check("stop", "- stopping stopping stopping finished"));
});
