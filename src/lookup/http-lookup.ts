/**
 * Owns the way to a number-lookup service over HTTP: one POST for each question, its answers, and
 * whose fault it is when there are none. The form of both is in docs/leads.md; a service of another
 * form needs a translator before it. Redirects are not followed, since the numbers of people would
 * go where nobody said they may.
 */
import { Agent, request } from "undici";
import { messageOf, UserError } from "../errors.ts";
import type { DialNumber } from "../ids.ts";
import { text } from "../language.ts";
import { lineWordOf } from "../leads/lookup-words.ts";
import { limits } from "../limits.ts";
import type { LookupConfig } from "./lookup-config.ts";
import { LookupUnavailable, type LookupAnswer, type LookupReply, type NumberLookup }
  from "./number-lookup.ts";

type Account = Pick<LookupConfig, "url" | "token" | "timeoutMs">;
type Reply = Awaited<ReturnType<typeof request>>;

/** A connection that was never made carried nothing. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH",
  "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

/** Not now, by RFC 9110 and RFC 6585: everything else that is no 200 will not pass by itself. */
const NOT_NOW = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Of those, what says that nothing was done. */
const UNDONE = new Set([425, 429, 503]);

function waitOf(header: string | string[] | undefined): number | undefined {
  const seconds = typeof header === "string" && /^\d{1,5}$/.test(header) ? Number(header) : undefined;
  return seconds === undefined ? undefined
    : Math.min(seconds * 1_000, limits.lookupPauseLongestMs);
}

/** Reads no more of a reply than a good one could have. */
async function bodyOf({ body }: Reply): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += (piece as Buffer).length;
    if (bytes > limits.lookupReplyBytes) throw new RangeError("the reply does not end");
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function refusal({ statusCode: status }: Reply): UserError {
  const key = status === 401 || status === 403;
  const money = status === 402;
  return new UserError(
    text(`the lookup service answers ${status}`, `号码检测服务返回 ${status}`),
    key ? text("check RINGWRIGHT_LOOKUP_TOKEN", "请检查 RINGWRIGHT_LOOKUP_TOKEN")
      : money ? text("the account at the service has run out of money", "该服务的账户余额不足")
        : text("check RINGWRIGHT_LOOKUP_URL and RINGWRIGHT_LOOKUP_BATCH; docs/leads.md has the form",
          "请检查 RINGWRIGHT_LOOKUP_URL 与 RINGWRIGHT_LOOKUP_BATCH；格式见 docs/leads.md"), 3);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** What a service says is shown on terminals and kept: short, and without control characters. */
const cleaned = (value: unknown): string | undefined => {
  if (typeof value !== "string") return undefined;
  const short = value.replace(/[\u0000-\u001f\u007f-\u009f]/g, "").trim().slice(0, 60);
  return short === "" ? undefined : short;
};

const costOf = (value: unknown): number | undefined =>
  typeof value === "number" && value >= 0 && value < 1e6 ? Math.round(value * 1_000_000) : undefined;

/** Throws RangeError when it is no reply. */
function replyOf(body: string, asked: ReadonlySet<DialNumber>): LookupReply {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new RangeError("the reply is no JSON");
  }
  if (!isRecord(parsed) || !Array.isArray(parsed["answers"])) {
    throw new RangeError("the reply has no list `answers`");
  }
  const answers = new Map<DialNumber, LookupAnswer>();
  for (const each of parsed["answers"] as readonly unknown[]) {
    if (!isRecord(each)) continue;
    const number = each["number"] as DialNumber;
    const word = cleaned(each["status"]);
    if (!asked.has(number) || answers.has(number) || word === undefined) continue;
    answers.set(number, {
      number, line: lineWordOf(word), word, kind: cleaned(each["line"]),
      carrier: cleaned(each["carrier"]),
    });
  }
  return { answers: [...answers.values()], cost: costOf(parsed["cost"]) };
}

export function httpLookup({ url, token, timeoutMs }: Account): NumberLookup {
  const agent = new Agent({ connections: limits.lookupRequests, connect: { timeout: timeoutMs } });
  const sent = async (id: string, numbers: readonly DialNumber[]): Promise<Reply> => request(url, {
    method: "POST", dispatcher: agent, signal: AbortSignal.timeout(timeoutMs),
    headers: {
      "content-type": "application/json", "accept": "application/json", "idempotency-key": id,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ numbers }),
  });
  return {
    async ask(id, numbers) {
      try {
        const reply = await sent(id, numbers);
        const { statusCode: status, headers } = reply;
        if (status === 200) return replyOf(await bodyOf(reply), new Set(numbers));
        await reply.body.dump();
        if (!NOT_NOW.has(status)) throw refusal(reply);
        throw new LookupUnavailable(`the lookup service answers ${status}`,
          { unbilled: UNDONE.has(status), waitMs: waitOf(headers["retry-after"]) });
      } catch (error) {
        if (error instanceof UserError || error instanceof LookupUnavailable) throw error;
        const code = (error as { code?: unknown }).code;
        const late = error instanceof Error && error.name === "TimeoutError";
        throw new LookupUnavailable(late ? `no answer within ${timeoutMs} ms` : messageOf(error),
          { unbilled: typeof code === "string" && NEVER_SENT.has(code), cause: error });
      }
    },
    close: () => agent.close(),
  };
}
