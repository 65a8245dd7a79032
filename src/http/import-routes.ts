/** Owns the requests about imports: parse, call, answer. docs/http.md describes them. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ImportRequest } from "../engine/import-request.ts";
import { text, type Language } from "../language.ts";
import { languageOfRequest, refuse, type Refusal } from "./answers.ts";
import type { ImportJobs, Job } from "./import-jobs.ts";

interface Query {
  readonly region?: string;
  readonly map?: string | readonly string[];
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly sheet?: string;
  readonly source?: string;
  readonly notIn?: string | readonly string[];
  readonly dryRun?: "true" | "false";
}

const single = { type: "string", minLength: 1, maxLength: 200 } as const;
const several = {
  anyOf: [single, { type: "array", items: single, maxItems: 50 }],
} as const;
const querySchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    region: single, map: several, encoding: single, delimiter: single, sheet: single,
    source: single, notIn: several, dryRun: { enum: ["true", "false"] },
  },
} as const;
const idSchema = {
  type: "object", properties: { id: { type: "string", pattern: "^[0-9a-f]{32}$" } },
} as const;

const listed = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === "string" ? [value] : value ?? [];

const requestOf = (list: string, query: Query): ImportRequest => ({
  list, region: query.region, map: listed(query.map), encoding: query.encoding,
  delimiter: query.delimiter, sheet: query.sheet, source: query.source, notIn: listed(query.notIn),
});

/** A job as a program reads it; the reject file is fetched, its place on our disk is ours. */
function jobView({ id, list, file, state, step, summary, error }: Job, language: Language): object {
  const { rejectFile, ...counts } = summary ?? { rejectFile: undefined };
  return {
    id, list, state, file,
    progress: { ...step, of: file.bytes },
    ...(summary && { summary: counts }),
    ...(rejectFile !== undefined && { rejects: `/v1/imports/${id}/rejects` }),
    ...(error && { error: { message: error.what[language], remedy: error.remedy[language] } }),
  };
}

const noJob: Refusal = {
  status: 404, code: "no-such-import",
  what: text("there is no such import since the service started", "服务启动以来没有这个导入"),
  remedy: text("send the file again: what was imported is not imported twice",
    "请重新发送文件：已导入的内容不会重复导入"),
};

const noRejects: Refusal = {
  status: 404, code: "no-rejects",
  what: text("no row was rejected, or the import has not finished", "没有被拒的行，或导入尚未完成"),
  remedy: text("ask for the import itself first", "请先查询该导入的状态"),
};

async function sendRejects(
  jobs: ImportJobs, id: string, request: FastifyRequest, reply: FastifyReply,
): Promise<FastifyReply> {
  const path = jobs.rejectFile(id);
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) return refuse(request, reply, noRejects);
  return reply.header("content-type", "text/csv; charset=utf-8")
    .header("content-length", there.size)
    .header("content-disposition", `attachment; filename="${id}.rejected.csv"`)
    .send(createReadStream(path));
}

type Sent = FastifyRequest<{
  Params: { list: string }; Querystring: Query; Body: Readable | null | undefined;
}>;

async function takeFile(
  jobs: ImportJobs, request: Sent, reply: FastifyReply,
): Promise<object> {
  const wanted = requestOf(request.params.list, request.query);
  // The token is one for all, the address is not.
  const upload = { body: request.body ?? Readable.from([]), who: `http:${request.ip}` };
  const language = languageOfRequest(request);
  if (request.query.dryRun !== "true") {
    const job = await jobs.start(upload, wanted, language);
    return reply.code(202).header("location", `/v1/imports/${job.id}`).send(jobView(job, language));
  }
  const gone = new AbortController();
  reply.raw.once("close", () => { gone.abort(); });
  const { rejections, ...found } = await jobs.try(upload, wanted, gone.signal);
  return {
    ...found, rejections: rejections.map((each) => ({ ...each, reason: each.reason[language] })),
  };
}

export function importRoutes(server: FastifyInstance, jobs: ImportJobs): void {
  server.post("/v1/lists/:list/imports", { schema: { querystring: querySchema } },
    (request, reply) => takeFile(jobs, request as Sent, reply));
  server.get<{ Params: { id: string } }>(
    "/v1/imports/:id", { schema: { params: idSchema } }, (request, reply) => {
      const job = jobs.get(request.params.id);
      return job ? jobView(job, languageOfRequest(request)) : refuse(request, reply, noJob);
    });
  server.get<{ Params: { id: string } }>(
    "/v1/imports/:id/rejects", { schema: { params: idSchema } }, (request, reply) =>
      sendRejects(jobs, request.params.id, request, reply));
  server.delete<{ Params: { id: string } }>(
    "/v1/imports/:id", { schema: { params: idSchema } }, (request, reply) => {
      const job = jobs.get(request.params.id);
      if (job === undefined) return refuse(request, reply, noJob);
      jobs.interrupt(job.id);
      return reply.code(202).send(jobView(job, languageOfRequest(request)));
    });
}
