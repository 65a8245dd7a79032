import { expect } from "chai";
import fc from "fast-check";
import { NumberFilter } from "./number-filter.ts";
import { NumberTable } from "./number-table.ts";

const key = fc.integer({ min: 1_000_000, max: 999_999_999_999_999 });

describe("a table of numbers", () => {
  it("knows what a Map would know, through every growth", () => {
    fc.assert(fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 300 }), (added) => {
      const table = new NumberTable(4);
      const model = new Map<number, { line: number; first: boolean }>();
      added.forEach(([number, first], i) => {
        table.add(number, { line: i + 1, first });
        const there = model.get(number);
        if (there === undefined || (first && !there.first)) {
          model.set(number, { line: i + 1, first });
        }
      });
      expect(table.size).to.equal(model.size);
      table.reserve(added.length * 3);
      for (const [number, sighting] of model) expect(table.find(number)).to.eql(sighting);
      expect(table.find(5)).to.equal(undefined);
    }));
  });
});

describe("a filter of numbers", () => {
  it("never denies a number that was added, also after it was stored", () => {
    fc.assert(fc.property(fc.array(key, { maxLength: 300 }), (numbers) => {
      const filter = NumberFilter.forNumbers(numbers.length);
      for (const number of numbers) filter.add(number);
      const again = NumberFilter.fromBytes(filter.bytes);
      expect(numbers.every((number) => filter.mayHave(number) && again.mayHave(number)))
        .to.equal(true);
    }));
  });
  it("lets about one in a hundred of the others through, also of neighbours", () => {
    const filter = NumberFilter.forNumbers(100_000);
    for (let i = 0; i < 100_000; i++) filter.add(8_613_000_000_000 + i * 2);
    let passed = 0;
    for (let i = 0; i < 100_000; i++) if (filter.mayHave(8_613_000_000_001 + i * 2)) passed++;
    expect(passed).to.be.lessThan(1_500);
  });
  it("is refused in broken bytes", () =>
    expect(() => NumberFilter.fromBytes(new Uint8Array(33))).to.throw(RangeError));
});
