import { expect } from "chai";
import { seededRandom } from "../../random.ts";
import { behaviours, drawPeople } from "./people.ts";
import { peopleCsv, scenarioXml } from "./scenario.ts";

const xml = scenarioXml({ person: "p.al", machine: "m.al", network: "n.al", intercept: "i.al" });
const all = (pattern: RegExp): readonly string[] =>
  [...xml.matchAll(pattern)].map(([, found = ""]) => found);

describe("the SIPp scenario", () => {
  it("has one label for every jump", () => {
    const labels = all(/<label id="([^"]+)"/g);
    expect(new Set(labels).size).to.equal(labels.length);
    expect(labels).to.include.members([...new Set(all(/(?:next|ontimeout)="([^"]+)"/g))]);
  });

  it("has a branch for every behaviour", () => {
    expect(all(/<label id="([^"]+)"/g)).to.include.members([...behaviours]);
  });

  it("waits for the acknowledgement right behind each answer that is repeated", () => {
    // SIPp takes an ACK that comes at any other step for an error.
    const behind = all(/retrans="500">[\s\S]*?<\/send>\s*<(\w+ \w+="\w+")/g);
    expect(behind.length).to.be.greaterThan(5);
    for (const each of behind) expect(each).to.be.oneOf([`recv request="ACK"`, `recv response="200"`]);
  });

  it("notes a time with everything it notes", () => {
    expect(all(/<log message="[^"]*;(\[\$micros\])"/g).length).to.equal(all(/(<log )/g).length);
  });
});

describe("the injection file", () => {
  it("has a number and two conducts for each person", () => {
    const people = drawPeople(seededRandom(7), 20);
    const [head, nobody, ...rows] = peopleCsv(people).trimEnd().split("\n");
    expect(head).to.equal("SEQUENTIAL");
    expect(nobody).to.match(/^nobody(;0){6}$/);
    expect(rows.length).to.equal(20);
    rows.forEach((row, i) => {
      expect(row).to.match(/^\d{11}(;\d+;\d+;\d+){2}$/);
      expect(`+${row.split(";")[0] ?? ""}`).to.equal(people[i]?.number);
    });
  });
});
