import { expect } from "chai";
import { clip, pad, plain, table, widthOf, type Cell } from "./table.ts";

describe("the width of a text", () => {
  const check = (value: string, width: number) => expect(widthOf(value)).to.equal(width);

  it("is its letters", () => check("Ringwright", 10));
  it("is two cells for a Chinese character", () => check("进行中", 6));
  it("is two cells for full-width signs", () => check("（１）", 6));
  it("is nothing for a combining mark", () => check("e\u0301", 1));
});

describe("a table", () => {
  const check = (head: string[], rows: Cell[][], ...lines: string[]) =>
    expect(table(head, rows)).to.deep.equal(lines);

  it("aligns words left and numbers right", () =>
    check(["name", "leads"], [["spring", 7], ["a", 1200]],
      "name    leads", "spring      7", "a        1200"));
  it("aligns Chinese beside Latin", () =>
    check(["名称", "状态"], [["春季", "进行中"], ["abc", "草稿"]],
      "名称  状态", "春季  进行中", "abc   草稿"));
  it("shows a dash for what is absent", () =>
    check(["a", "b"], [[null, "x"], [undefined, "y"]], "a  b", "–  x", "–  y"));
  it("keeps its head when there is nothing in it", () => check(["a", "b"], [], "a  b"));
  it("lets no control character through", () =>
    expect(table(["a"], [["\u001b[2J\n"]]).join()).not.to.match(/[\u001b\n]/));
});

describe("padding", () => {
  it("goes behind or before", () =>
    expect([pad("中", 3), pad("中", 3, "right")]).to.deep.equal(["中 ", " 中"]));
  it("leaves a text that is too long alone", () => expect(pad("abc", 2)).to.equal("abc"));
});

describe("clipping", () => {
  it("keeps what fits, in cells and not in characters", () => {
    expect(clip("abc", 3)).to.equal("abc");
    expect(clip("abcd", 3)).to.equal("ab…");
    expect(clip("进行中", 6)).to.equal("进行中");
    expect(clip("进行中了", 6)).to.equal("进行…");
    expect(widthOf(clip("进行中了", 6))).to.be.at.most(6);
  });
});

describe("plain text", () => {
  it("keeps everything but control characters", () =>
    expect(plain("a\u0007中\r")).to.equal("a�中�"));
});
