import { expect } from "chai";
import { dialedTwiceAtOnce, readTruth, summarise, type TrueCall } from "./truth.ts";

/** `event id code at` → a line as SIPp writes it, for the number 12015550100. */
const log = (...events: readonly string[]): string => events.map((each) => {
  const [event, id, code, at] = each.split(" ");
  const ms = Number(at);
  return `call;${event};${id};12015550100;${code};${Math.floor(ms / 1000)}.000000;`
    + `${(ms % 1000) * 1000}.000000\n`;
}).join("");

const call = (number: string, invitedAt: number, endedAt: number | undefined): TrueCall => ({
  number, behaviour: "talks", invitedAt, endedAt, answeredAt: undefined,
  acknowledgedAt: undefined, end: undefined,
});

describe("what SIPp says happened", () => {
  it("is read back call by call", () => {
    const [one, two, ...rest] = readTruth(log(
      "invited 1 0 1000", "ringing 1 0 1001", "invited 2 3 1010", "refused 2 3 1070",
      "answered 1 0 2500", "acknowledged 1 0 2502", "over 2 3 1075", "person-left 1 0 5000",
    ));
    expect(rest).to.deep.equal([]);
    expect(one).to.deep.equal({
      number: "+12015550100", behaviour: "talks", invitedAt: 1000, answeredAt: 2500,
      acknowledgedAt: 2502, endedAt: 5000, end: "person-left",
    });
    expect(two).to.include({ behaviour: "busy", endedAt: 1070, end: "refused" });
  });

  it("takes the first of two hang-ups that cross", () => {
    const [one] = readTruth(log(
      "invited 1 0 1000", "person-left 1 0 2000", "caller-left 1 0 2003"));
    expect(one).to.include({ end: "person-left", endedAt: 2000 });
  });

  it("leaves out a torn line and strange ones", () => {
    expect(readTruth("call;invited;1;120155\nsomething else\n")).to.deep.equal([]);
  });

  it("knows a number that is on no list", () => {
    expect(readTruth(log("invited 1 unlisted 5"))[0]).to.include({ behaviour: "unlisted" });
  });

  it("shows who was rung twice at once", () => {
    expect(dialedTwiceAtOnce([call("+1", 0, 10), call("+2", 5, 20), call("+1", 10, 20)]))
      .to.deep.equal([]);
    expect(dialedTwiceAtOnce([call("+1", 0, 30), call("+2", 5, 20), call("+1", 10, 20)]))
      .to.deep.equal(["+1"]);
    expect(dialedTwiceAtOnce([call("+1", 0, undefined), call("+1", 10, 20)])).to.deep.equal(["+1"]);
  });

  it("is summed up per behaviour", () => {
    const summary = summarise(readTruth(log(
      "invited 1 0 0", "answered 1 0 5", "caller-left 1 0 9", "invited 2 0 20")));
    expect(summary["talks"]).to.include({ calls: 2, answered: 1, "caller-left": 1, running: 1 });
  });
});
