/** Owns how the service says that something cannot be done: a code, what, and how to mend it. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { StoreUnavailable, UserError } from "../errors.ts";
import { text, type Language, type Text } from "../language.ts";

/** The person's language: the first one named that we speak. */
export const languageOfRequest = (request: FastifyRequest): Language =>
  /\b(zh|en)\b/i.exec(request.headers["accept-language"] ?? "")?.[1]?.toLowerCase() === "zh"
    ? "zh" : "en";

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly what: Text;
  readonly remedy: Text;
}

export function refuse(
  request: FastifyRequest, reply: FastifyReply, { status, code, what, remedy }: Refusal,
): FastifyReply {
  const language = languageOfRequest(request);
  return reply.code(status).send({
    error: { code, message: what[language], remedy: remedy[language] },
  });
}

const seeDocs = text("docs/http.md describes every request", "各请求的说明见 docs/http.md");
const seeLog = text("the log of the server has more", "详情见服务器日志");

export const notFound = (url: string): Refusal => ({
  status: 404, code: "not-found", what: text(`there is nothing at ${url}`, `${url} 不存在`),
  remedy: seeDocs,
});

const cutOff: Refusal = {
  status: 400, code: "cut-off",
  what: text("the request ended before its body did", "请求在正文结束前中断"),
  remedy: text("send it again, whole", "请重新完整发送"),
};

/** What an error means to who sent the request; a status from 500 on is our fault. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof UserError) {
    return { status: 422, code: "cannot-be-used", what: error.what, remedy: error.remedy };
  }
  if (error instanceof StoreUnavailable) {
    return {
      status: 503, code: error.code, what: text("the database is away", "数据库不可用"),
      remedy: text("try again; `ringwright doctor` says more", "请稍后重试；可运行 `ringwright doctor`"),
    };
  }
  const { statusCode: status = 500, message = "", code } = error as
    { statusCode?: number; message?: string; code?: string };
  // Who sent it went away in the middle of the body; there may be nobody left to read this.
  if (code === "ECONNRESET") return cutOff;
  if (status < 500) return { status, code: "bad-request", what: text(message, message), remedy: seeDocs };
  return {
    status: 500, code: "failed", what: text("something failed here", "服务器内部错误"), remedy: seeLog,
  };
}
