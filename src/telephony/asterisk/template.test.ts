import { expect } from "chai";
import { UnsafeValue } from "../../errors.ts";
import { fill, safeValue, type View } from "./template.ts";

const anything = /^[^]*$/;
const value = (text: string) => safeValue("x", text, anything);

describe("a template", () => {
  const check = (template: string, view: View, expected: string) =>
    expect(fill(template, view)).to.equal(expected);

  it("has its slots filled", () => check("a = {{a}}{{b}}", { a: value("1"), b: value("2") }, "a = 12"));
  it("repeats lines per item", () => check(
    "{{#each}}\nx = {{x}} {{outer}}\n{{/each}}\nend",
    { outer: value("o"), each: [{ x: value("1") }, { x: value("2") }] }, "x = 1 o\nx = 2 o\nend",
  ));
  it("nests", () => check(
    "{{#a}}\n{{#b}}\n{{x}}\n{{/b}}\n{{/a}}", { a: [{ b: true, x: value("1") }, { b: false }] }, "1",
  ));
  it("leaves lines out when a condition does not hold", () =>
    check("{{#no}}\nx\n{{/no}}\ny", { no: false }, "y"));
  it("never runs what a value says", () =>
    check("{{a}}", { a: value("{{b}}"), b: value("secret") }, "{{b}}"));
  it("refuses a slot without a value", () =>
    expect(() => fill("{{a}}", {})).to.throw("a has no value"));
  it("refuses an open section", () =>
    expect(() => fill("{{#a}}\nx", { a: true })).to.throw("never closed"));
});

describe("a value for a configuration file", () => {
  for (const bad of ["a\nb", "a\rb", "a;b", "[a]", "a\\", "${EXTEN}", "\u0000", "a\"b", "`id`"]) {
    it(`may not be ${JSON.stringify(bad)}`, () => expect(() => value(bad)).to.throw(UnsafeValue));
  }
  it("is not repeated in the error, since it may be a secret", () =>
    expect(() => safeValue("the secret", "hunter2;", anything)).to.throw().with.property("message")
      .that.does.not.include("hunter2"));
});
