import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { DialNumber } from "../ids.ts";
import { rejectHeader, rejectLine } from "../leads/rejects.ts";
import { rowReasons } from "../leads/row.ts";
import { sweepRejects } from "./reject-sweep.ts";

const person = {
  numbers: ["+8613800138000", "+861062345678"] as DialNumber[], names: ["张三", ""],
};
const head = rejectHeader(["phone", "name", "notes"], "en");
const row = (...cells: readonly string[]): string =>
  rejectLine({ line: 7, column: "phone", reason: rowReasons.duplicate, cells }, "en");

describe("taking a person out of rejected rows", () => {
  let folder = "";
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "ringwright-sweep-")); });
  afterEach(() => { rmSync(folder, { recursive: true }); });

  const sweep = async (content: string | Buffer) => {
    const path = join(folder, "list.csv.rejected.csv");
    writeFileSync(path, content, { mode: 0o600 });
    return { result: await sweepRejects(path, person), path };
  };
  const check = async (gone: readonly string[], kept: readonly string[]) => {
    const mixed = [...gone, ...kept].sort();
    const { result, path } = await sweep(head + mixed.join(""));
    expect(result).to.include({ rows: gone.length });
    expect(readFileSync(path, "utf8")).to.equal(head + mixed.filter((each) =>
      kept.includes(each)).join(""));
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  };

  it("takes the number in any spelling", () => check([
    row("13800138000", "x"), row("+86 138-0013-8000", "x"), row("１３８００１３８０００", "x"),
    row("0086 13800138000 / 13900139000", "x"), row("x", "x", "call 138 0013 8000\nat night"),
    row("010-62345678", "x"), row('="13800138000"', "x"),
  ], [row("13800138001", "x"), row("", "x", "138")]));
  it("takes the name where the number was no number", () =>
    check([row("13800", "张三"), row("n/a", " 张三 ")], [row("13900139000", "张三")]));
  it("keeps rows of others letter by letter", () =>
    check([row("13800138000", "x")], [row("a,\"b\"", "two\r\nlines", "'=1+1"), row("", "", "")]));
  it("does nothing where the person is not", () => check([], [row("13900139000", "x")]));
  it("says that a file is gone", async () => {
    expect(await sweepRejects(join(folder, "none"), person)).to.include({ left: "missing" });
  });
  it("leaves a file alone that is none of ours, or was saved otherwise", async () => {
    for (const content of ["phone,name\n13800138000,x\n",
      Buffer.from(head + row("13800138000", "x"), "utf16le"), "\u0000\u0001"]) {
      const { result, path } = await sweep(content);
      expect(result).to.include({ left: "changed" });
      expect(readFileSync(path)).to.deep.equal(Buffer.from(content as string));
    }
  });

  it("leaves no row with the number behind, whatever the cells hold", () => fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.oneof(fc.string({ maxLength: 30 }),
      fc.constantFrom("13800138000", "\"", "\r\n", "x,13800138000")), { minLength: 1, maxLength: 4 }),
    { maxLength: 20 }), async (rows) => {
      const { result, path } = await sweep(head + rows.map((cells) => row(...cells)).join(""));
      expect(readFileSync(path, "utf8")).to.not.include("13800138000");
      const holds = rows.filter((cells) => cells.some((cell) => cell.includes("13800138000")));
      expect(result).to.include({ rows: holds.length });
    }), { numRuns: 200 }));
});
