/**
 * Owns the HTTP service: who may ask, and the routes. Everything but the question whether it is
 * there needs the bearer token.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { fastify, type FastifyInstance } from "fastify";
import { text } from "../language.ts";
import { limits } from "../limits.ts";
import { notFound, refusalOf, refuse, type Refusal } from "./answers.ts";
import type { ImportJobs } from "./import-jobs.ts";
import { importRoutes } from "./import-routes.ts";

export interface HttpOptions {
  readonly token: string;
  readonly imports: ImportJobs;
  /** Told of what is our fault, for the log. */
  readonly failed: (error: unknown) => void;
}

const unauthorised: Refusal = {
  status: 401, code: "unauthorised",
  what: text("the bearer token is missing or wrong", "缺少访问令牌或令牌错误"),
  remedy: text("send `Authorization: Bearer TOKEN`, TOKEN as in RINGWRIGHT_HTTP_TOKEN",
    "请发送 `Authorization: Bearer 令牌`，令牌见 RINGWRIGHT_HTTP_TOKEN"),
};

/** Of equal length whatever comes in, so that the comparison tells nothing by its time. */
const digest = (value: string): Buffer => createHash("sha256").update(value).digest();

/** Listens to nothing yet. */
export function httpServer({ token, imports, failed }: HttpOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: limits.httpBodyBytes, requestTimeout: limits.httpRequestMs,
    // Ending the service does not wait for connections that nobody uses.
    forceCloseConnections: "idle",
    // A parameter that nobody knows is a mistake to be told, not to be passed over.
    ajv: { customOptions: { removeAdditional: false } },
  });
  const wanted = digest(token);
  server.addHook("onRequest", async (request, reply) => {
    if (request.routeOptions.url === "/healthz") return;
    const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (timingSafeEqual(digest(given), wanted)) return;
    await refuse(request, reply.header("www-authenticate", "Bearer"), unauthorised);
  });
  server.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal.status === 500) failed(error);
    return refuse(request, reply, refusal);
  });
  server.setNotFoundHandler((request, reply) => refuse(request, reply, notFound(request.url)));
  // Whatever the body calls itself, it is handed on as it comes in, and never kept in memory.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_request, body, done) => { done(null, body); });
  server.get("/healthz", () => ({ ok: true }));
  importRoutes(server, imports);
  return server;
}
