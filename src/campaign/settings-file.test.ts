import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { projectDir } from "../config.ts";
import { UserError } from "../errors.ts";
import { campaignKeys, parseCampaign, readCampaign } from "./settings-file.ts";

const base = {
  name: "name: spring",
  lists: "lists: [a]",
  trunks: "trunks: [carrier]",
  callerId: 'callerId: { number: "+493012345" }',
};
/** A good file with some lines replaced, or more added. */
const fileWith = (lines: Readonly<Record<string, string>> = {}): string =>
  Object.values({ ...base, ...lines }).join("\n");

/** What is read from a file, or its problems as `line:column what`. */
function readIt(content: string): unknown {
  const read = readCampaign(content);
  return "value" in read ? read.value
    : read.problems.map(({ line, column, what }) => `${line}:${column} ${what.en}`);
}

describe("campaign.yaml", () => {
  const check = (lines: Record<string, string>, expected: object) =>
    expect(readIt(fileWith(lines))).to.deep.include(expected);

  it("needs no more than a name, lists, trunks and a caller", () => check({}, {
    name: "spring", lists: ["a"], trunks: ["carrier"], mode: { kind: "progressive" },
    callerId: { number: "+493012345", name: "" }, ringMs: 25_000, connectWithinMs: 2_000,
    measureFrom: "answer", safeHarbour: "safe-harbour", language: "en", abandonRateMax: 0.03,
    record: true, announce: ["tone"], wrapUpMs: 30_000, dispositionDefault: "none",
  }));
  it("takes a power mode", () =>
    check({ mode: "mode: { kind: power, linesPerAgent: 2.5 }" },
      { mode: { kind: "power", linesPerAgent: 2.5 } }));
  for (const [written, ms] of [
    ["20000", 20_000], ["20 s", 20_000], ["20s", 20_000], ["1 min", 60_000], ["20000 ms", 20_000],
  ] as const) {
    it(`reads a duration of ${written}`, () => check({ ring: `ringMs: ${written}` }, { ringMs: ms }));
  }
  it("keeps the defaults of a rule that is given in part", () => {
    const read = readCampaign(fileWith({ retry: "retry: { busy: { afterMs: 2 h } }" }));
    expect(read).to.have.nested.property("value.retry.busy.afterMs", 7_200_000);
    expect(read).to.have.nested.property("value.retry.busy.attemptsMax", 3);
    expect(read).to.have.nested.property("value.retry.noAnswer.attemptsMax", 3);
  });
  it("is what the example shows", () => {
    const file = join(projectDir, "docs/examples/campaign.yaml");
    expect(parseCampaign(readFileSync(file, "utf8"), file).name).to.equal("spring");
  });
  it("has every key on the page that describes it", () => {
    const page = readFileSync(join(projectDir, "docs/campaign.md"), "utf8");
    expect(campaignKeys.filter((key) => !page.includes(`\`${key}\``))).to.deep.equal([]);
  });
});

describe("a wrong campaign.yaml", () => {
  const check = (content: string, ...problems: string[]) => {
    const found = readIt(content);
    expect(found).to.be.an("array").with.length(problems.length);
    problems.forEach((each, i) =>
      expect((found as string[])[i]).to.match(new RegExp(`^${each}`)));
  };

  it("is empty", () => check("", "1:1 the file is empty"));
  it("is no mapping", () => check("- a", "1:1 .* keys and values"));
  it("is no YAML", () => check("name: [", "1:8 "));
  it("has a key that is nearly known", () =>
    check(fileWith({ x: "ringsMs: 20000" }), '5:1 "ringsMs" is not a key; did you mean ringMs'));
  it("has a key in another spelling", () =>
    check(fileWith({ x: "wrap_up_ms: 1" }), "5:1 .* did you mean wrapUpMs"));
  it("has a key that nothing is like", () =>
    check(fileWith({ x: "colour: red" }), '5:1 "colour" is not a key .known: name, lists'));
  it("has a key twice", () => check(fileWith({ x: "name: other" }), "5:1 .*unique"));
  it("lacks what is required", () =>
    check("name: spring", "1:1 lists is missing", "1:1 trunks", "1:1 callerId"));
  it("tells every problem at once, in the order of the file", () =>
    check(fileWith({ a: "ringMs: 5", b: "abandonRateMax: 3", c: "language: de" }),
      "5:9 5 is not allowed here: milliseconds from 15000 to 120000",
      "6:17 3 is not allowed here: a number from 0 to 1",
      '7:11 "de" is not allowed here: one of en, zh'));
  it("has a number without quotes", () =>
    check(fileWith({ callerId: "callerId: { number: +4930 }" }), "4:21 .*put it in quotes"));
  it("has a number with a line break", () =>
    check(fileWith({ callerId: 'callerId: { number: "+49\\n30" }' }), "4:21 "));
  it("has a caller's name that could leave its header", () =>
    check(fileWith({ callerId: 'callerId: { number: "123", name: "a\\" <sip:x>" }' }), "4:34 "));
  it("has a disposition key twice", () => {
    const one = "{ key: '1', code: a, label: { en: A, zh: A }, then: final }";
    check(fileWith({ x: `dispositions: [${one}, ${one.replace("code: a", "code: b")}]` }),
      '1:1 dispositions\\[\\].key has "1" twice');
  });
  it("has a power mode without lines", () =>
    check(fileWith({ mode: "mode: { kind: power }" }), "5:7 linesPerAgent is missing"));
  it("has an unknown mode", () => check(fileWith({ mode: "mode: fast" }), "5:7 "));
  it("has an alias", () =>
    check(fileWith({ lists: "lists: &a [x]", trunks: "trunks: *a" }), "3:9 an alias"));
  it("has a value that is nothing", () => check(fileWith({ x: "ringMs:" }), "5:8 null"));

  it("is told with its file, and how to mend it", () => {
    expect(() => parseCampaign("name: 1", "c.yaml")).to.throw(UserError, /^c\.yaml:1:1: lists/m);
  });
  it("is told in Chinese", () => {
    const read = readCampaign("");
    expect("problems" in read && read.problems[0]?.what.zh).to.equal("文件是空的");
  });
  it("never throws anything else, whatever is in it", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 100 }), (content) => {
      readCampaign(content);
      readCampaign(`${fileWith()}\n${content}`);
    }), { numRuns: 100 });
  });
});
