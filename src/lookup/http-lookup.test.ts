import { expect } from "chai";
import { UserError } from "../errors.ts";
import type { DialNumber } from "../ids.ts";
import { startLookupService, type LookupService, type Mishap } from "../testing/lookup-service.ts";
import { httpLookup } from "./http-lookup.ts";
import { LookupUnavailable } from "./number-lookup.ts";

const numbers = ["+8613900000001", "+8613900000002", "+8613900000003"] as DialNumber[];
const statuses: Readonly<Record<string, string>> = {
  "+8613900000001": "实号", "+8613900000002": "not-in-service\u001b[31m",
};

describe("a number-lookup service over HTTP", () => {
  let service: LookupService;
  const ask = async (timeoutMs = 5_000) => {
    const lookup = httpLookup({ url: service.url, token: "secret-token", timeoutMs });
    try {
      return await lookup.ask("question-1", numbers);
    } finally {
      await lookup.close();
    }
  };
  beforeEach(async () => {
    service = await startLookupService({ statusOf: (number) => statuses[number], price: 0.004 });
  });
  afterEach(() => service.close());

  it("is asked for all numbers at once, and answers for those it knows", async () => {
    expect(await ask()).to.deep.equal({
      answers: [
        { number: numbers[0], line: "live", word: "实号", kind: "mobile", carrier: "Carrier A" },
        { number: numbers[1], line: "unknown", word: "not-in-service[31m", kind: "mobile",
          carrier: "Carrier A" },
      ],
      cost: 8_000,
    });
    expect(service.questions).to.deep.equal(
      [{ id: "question-1", authorization: "Bearer secret-token", numbers }]);
  });

  const fails = async (
    mishap: Mishap, { unbilled, waitMs }: { unbilled: boolean; waitMs?: number },
    timeoutMs?: number,
  ) => {
    service.mishaps.push(mishap);
    const error = await ask(timeoutMs).then(() => undefined, (each: unknown) => each);
    expect(error).to.be.instanceOf(LookupUnavailable);
    expect(error).to.include({ unbilled });
    expect((error as LookupUnavailable).waitMs).to.equal(waitMs);
    expect((error as LookupUnavailable).message).to.not.include("secret-token");
  };
  it("may be too busy, and says how long", () =>
    fails({ status: 429, retryAfter: 7 }, { unbilled: true, waitMs: 7_000 }));
  it("may not ask us to wait for ever", () =>
    fails({ status: 503, retryAfter: 86_400 }, { unbilled: true, waitMs: 60_000 }));
  it("may have failed after it billed", () => fails({ status: 500 }, { unbilled: false }));
  it("may be silent", () => fails("silence", { unbilled: false }, 100));
  it("may break off", () => fails("cut", { unbilled: false }));
  it("may speak of something else", () => fails("no-json", { unbilled: false }));
  it("may not end", () => fails("endless", { unbilled: false }));
  it("may not be there", async () => {
    const lookup = httpLookup({ url: "http://127.0.0.1:9/", token: undefined, timeoutMs: 5_000 });
    const error = await lookup.ask("question-1", numbers).catch((each: unknown) => each);
    expect(error).to.be.instanceOf(LookupUnavailable).and.to.include({ unbilled: true });
    await lookup.close();
  });

  const refuses = async (status: number, remedy: RegExp) => {
    service.mishaps.push({ status });
    const error = await ask().catch((each: unknown) => each) as UserError;
    expect(error).to.be.instanceOf(UserError);
    expect(error.remedy.en).to.match(remedy);
    expect(`${error.print("en")}${error.print("zh")}`).to.not.include("secret-token");
  };
  it("wants another token", () => refuses(401, /RINGWRIGHT_LOOKUP_TOKEN/));
  it("wants money", () => refuses(402, /money/));
  it("does not send the numbers elsewhere", () => refuses(302, /RINGWRIGHT_LOOKUP_URL/));
});
