/**
 * Holds the whole source to the rules that can be seen in its text: the invariants 1, 2, 6 and 8 of
 * ARCHITECTURE.md, names of folders, and sizes. The message names each offending file and line.
 */
import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { before, describe, it } from "mocha";
import { projectDir } from "./config.ts";

interface Source {
  /** Relative to src/, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly isTest: boolean;
}

/** Pure: no input or output, no clock, no chance, nothing to wait for. */
const domain = ["leads", "compliance", "campaign", "prediction", "pacing", "call", "agent",
  "routing", "supervision", "metrics"] as const;

/** Kinds of classes instead of what the business does. */
const vagueNames = /^(utils?|helpers?|services|managers?|common|misc|lib|shared)$/;

/** Files that are past the limit and want splitting: they may shrink, and may not grow. */
const longerFiles: ReadonlyMap<string, number> = new Map([
  ["store/conformance.ts", 680],
  ["telephony/virtual/virtual-switch.ts", 440],
]);

const inFolder = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

function readSources(): readonly Source[] {
  const root = join(projectDir, "src");
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => {
      const text = readFileSync(join(root, file), "utf8");
      const path = file.split(sep).join("/");
      return { path, text, lines: text.split("\n"),
        isTest: /\.test\.ts$|conformance/.test(path) || inFolder(path, "testing") };
    });
}

/** The line without its comment, as far as one line can tell. */
const code = (line: string): string =>
  /^\s*(\*|\/\*|\/\/)/.test(line) ? "" : line.replace(/\s\/\/ .*$/, "");

describe("the source", () => {
  let sources: readonly Source[] = [];
  before(() => { sources = readSources(); });

  /** Each place where `pattern` is in the code of a file that `applies`. */
  const places = (pattern: RegExp, applies: (source: Source) => boolean): readonly string[] =>
    sources.filter(applies).flatMap(({ path, lines }) => lines.flatMap((line, i) =>
      pattern.test(code(line)) ? [`src/${path}:${i + 1} ${line.trim()}`] : []));

  const check = (pattern: RegExp, applies: (source: Source) => boolean): void => {
    expect(places(pattern, applies).join("\n")).to.equal("");
  };

  const isDomain = ({ path, isTest }: Source): boolean =>
    !isTest && domain.some((folder) => inFolder(path, folder));

  it("is there to be looked at", () => { expect(sources.length).to.be.greaterThan(50); });

  describe("of the domain", () => {
    it("does no input or output", () => {
      check(/from "(node:(?!assert|buffer|util)|pg|ioredis|undici|ws|knex|winston)/, isDomain);
    });
    it("never waits", () => { check(/\bawait\b|\basync\b/, isDomain); });
    it("reads no clock and draws no chance of its own", () => {
      check(/Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|performance\.now|systemClock/,
        isDomain);
    });
    it("knows nothing of those above and beside it", () => {
      check(/^(?!import type).*from "\.\.\/(engine|cli|http|store\/|stack|telephony\/(asterisk|freeswitch|virtual))/,
        isDomain);
    });
  });

  it("takes its time from the clock that is given", () => {
    const owners = ["clock.ts", "testing/simulated-clock.ts"];
    check(/Date\.now\(|\bsetTimeout\(|performance\.now\(/,
      ({ path, isTest }) => !isTest && !owners.includes(path));
  });

  it("draws chance from the stream that is given", () => {
    check(/Math\.random/, ({ path }) => path !== "tidy.test.ts");
  });

  it("says Stasis, channel and UUID in telephony's adapters alone", () => {
    const mayKnow = ["telephony/asterisk", "telephony/freeswitch", "stack", "testing"];
    check(/\bstasis|\bari\/channels|\bchannelId\b|\buuid_/i, ({ path, isTest }) =>
      !isTest && path !== "config.ts" && !mayKnow.some((folder) => inFolder(path, folder)));
  });

  it("reads the environment in config.ts alone", () => {
    check(/process\.env/, ({ path, isTest }) => !isTest && path !== "config.ts");
  });

  it("makes adapters in main.ts, cli/ and tests alone", () => {
    const own = (path: string): boolean =>
      ["cli", "stack", "testing", "store/postgres", "store/redis", "telephony/asterisk",
        "telephony/virtual"].some((folder) => inFolder(path, folder));
    check(/\b(createStore|createRedis\w*|createVirtual\w*|createAsterisk\w*)\(/,
      ({ path, isTest }) => !isTest && path !== "main.ts" && !own(path));
  });

  it("prints through cli/ and logs through the journal", () => {
    check(/console\.(log|info|warn|error|debug)\(/, ({ path }) => path !== "tidy.test.ts");
  });

  it("passes nothing to a shell", () => {
    check(/\bexecSync\(|\bexec\(["'`]|shell: true/, ({ path, text }) =>
      path !== "tidy.test.ts" && text.includes("node:child_process"));
  });

  it("has tests that wait for what happens, not for time to pass", () => {
    check(/\bsleep\(|setTimeout\(\s*(resolve|r|done)\b|node:timers\/promises/,
      ({ path, isTest }) => isTest && path !== "tidy.test.ts");
  });

  it("has no unfinished business without a condition", () => {
    check(/\b(TODO|FIXME|XXX|HACK)\b/, ({ path }) => path !== "tidy.test.ts");
    const left = sources.filter(({ path }) => path !== "tidy.test.ts")
      .flatMap(({ path, lines }) => lines.flatMap((line, i) =>
        /\b(TODO|FIXME|XXX|HACK)\b/.test(line) ? [`src/${path}:${i + 1}`] : []));
    expect(left).to.deep.equal([]);
  });

  it("has folders named for what the business does, and no barrels", () => {
    const vague = sources.filter(({ path }) =>
      dirname(path).split("/").some((part) => vagueNames.test(part))
        || vagueNames.test(basename(path, ".ts")) || basename(path) === "index.ts");
    expect(vague.map(({ path }) => path)).to.deep.equal([]);
  });

  it("has names in kebab-case", () => {
    const odd = sources.filter(({ path }) => !/^([a-z0-9-]+\/)*[a-z0-9.-]+\.ts$/.test(path));
    expect(odd.map(({ path }) => path)).to.deep.equal([]);
  });

  it("has files that open with what they own, and end before 400 lines", () => {
    const long = sources.filter(({ path, lines }) => lines.length > (longerFiles.get(path) ?? 401));
    expect(long.map(({ path, lines }) => `${path}: ${lines.length}`)).to.deep.equal([]);
    const silent = sources.filter(({ isTest, text }) => !isTest && !/^(#!.*\n)?\/\*\*/.test(text));
    expect(silent.map(({ path }) => path)).to.deep.equal([]);
  });

  it("names no machine, mirror or folder of those who wrote it", () => {
    const places = /["'`/](\/work\/|\/tmp\/lab)|registry\.npmjs|\/root\//;
    check(places, ({ path }) => path !== "tidy.test.ts");
  });
});
