import { expect } from "chai";
import type { CampaignSettings } from "../campaign/settings.ts";
import { purposeOf } from "./judge.ts";

type Purpose = CampaignSettings["purpose"];

function check(purpose: Purpose, hosts: readonly string[], expected: string): void {
  const settings = { purpose } as CampaignSettings;
  expect(purposeOf(settings, hosts)).to.equal(expected);
}

describe("what a campaign is for", () => {
  const home = ["127.0.0.1", "localhost", "127.9.8.7"];
  const mixed = ["127.0.0.1", "203.0.113.10"];

  it("is a rehearsal when every trunk stays on this machine", () => {
    check(undefined, home, "rehearsal");
    check("by-trunk", home, "rehearsal");
    check("rehearsal", home, "rehearsal");
  });

  it("is marketing as soon as one trunk leads elsewhere, whatever the file calls it", () => {
    check("by-trunk", mixed, "marketing");
    check("rehearsal", mixed, "marketing");
    check("rehearsal", ["127.0.0.1.carrier.example"], "marketing");
  });

  it("is marketing when its trunks are not known", () => { check("rehearsal", [], "marketing"); });

  it("is what its file says, also at home", () => { check("collections", home, "collections"); });
});
