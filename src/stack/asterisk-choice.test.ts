/** How the machine's answers are read when an Asterisk is chosen or made. */
import { expect } from "chai";
import { describe, it } from "mocha";
import { versionIn } from "./asterisk-place.ts";
import { mirrorIn, suiteFor } from "./asterisk-root.ts";
import { distributionIn } from "./system-packages.ts";

describe("the version of an Asterisk", () => {
  const check = (line: string | undefined, expected: string | undefined): void => {
    expect(versionIn(line)).to.equal(expected);
  };
  it("is read from Debian's", () => { check("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", "22.10.1"); });
  it("is read from Ubuntu's", () => { check("Asterisk 20.6.0~dfsg+~cs6.13.40431414", "20.6.0"); });
  it("is read from a certified one", () => { check("Asterisk certified-20.7-cert2", "20.7"); });
  it("is none for another program", () => { check("bash: asterisk", undefined); });
  it("is none for no program", () => { check(undefined, undefined); });
});

describe("the distribution", () => {
  const check = (osRelease: string, id: string, codename: string): void => {
    expect(distributionIn(osRelease)).to.deep.equal({ id, codename });
  };
  it("is read with and without quotes", () => {
    check('NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nVERSION_CODENAME="noble"', "ubuntu", "noble");
  });
  it("does not take VERSION_ID for ID", () => { check("VERSION_ID=12\nID=debian\n", "debian", ""); });
  it("may be unknown", () => { check("", "", ""); });
  it("says which release carries Asterisk", () => {
    expect(suiteFor({ id: "debian", codename: "bookworm" })?.name).to.equal("forky");
    expect(suiteFor({ id: "ubuntu", codename: "noble" })?.name).to.equal("noble");
    expect(suiteFor({ id: "fedora", codename: "" })).to.equal(undefined);
  });
});

describe("the mirror", () => {
  const check = (targets: readonly string[], expected: string | undefined): void => {
    expect(mirrorIn(targets.join("\n"), { id: "debian", codename: "bookworm" })).to.equal(expected);
  };
  it("is the distribution's own, not that of security updates or of a third party", () => {
    check([
      "https://third.example/node|Third|nodistro",
      "http://security.example/|Debian|bookworm-security",
      "http://mirror.example/debian/|Debian|bookworm",
    ], "http://mirror.example/debian/");
  });
  it("may be unknown", () => { check([""], undefined); });
});
