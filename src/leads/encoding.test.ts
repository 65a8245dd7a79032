import { expect } from "chai";
import { encodingNamed, guessEncoding } from "./encoding.ts";

const hex = (digits: string): Uint8Array => Buffer.from(digits, "hex");
/** 中国 in GB18030, which no reading of UTF-8 allows. */
const gb = "d6d0b9fa";

const check = (bytes: Uint8Array, expected: string | undefined, whole = true): void => {
  expect(guessEncoding(bytes, whole)).to.equal(expected);
};

describe("the encoding of a file", () => {
  it("is told from its first bytes", () => {
    check(Buffer.from("name,phone\n"), "utf-8");
    check(Buffer.from("\ufeff姓名,手机"), "utf-8");
    check(hex(gb), "gb18030");
    check(hex("8431a437"), "gb18030");
    check(Buffer.from("\ufeff姓名", "utf16le"), "utf-16le");
    check(hex("feff59d3540d"), "utf-16be");
    check(new Uint8Array(), "utf-8");
  });

  it("is told though the sample ends inside a character", () => {
    check(Buffer.from("姓名").subarray(0, 4), "utf-8", false);
    check(Buffer.from("姓名").subarray(0, 4), "gb18030");
    check(hex(gb).subarray(0, 3), "gb18030", false);
  });

  it("is not that of pictures and archives", () => {
    check(hex("504b030414000000"), undefined);
    check(hex("ff80ff80"), undefined);
  });

  it("has the names people give it", () => {
    expect(["UTF8", "gbk", "GB2312", "utf-16", "latin1"].map(encodingNamed))
      .to.eql(["utf-8", "gb18030", "gb18030", "utf-16le", undefined]);
  });
});
