import { expect } from "chai";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { request as send } from "undici";
import { waitUntil } from "../stack/patience.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { ImportJobs } from "./import-jobs.ts";
import { httpServer } from "./server.ts";

const token = "a-token-for-tests";

/** What the service may answer; a test reads the part it asked for. */
interface Said {
  readonly id: string;
  readonly state: string;
  readonly file: { readonly fields: object };
  readonly summary: object & { readonly resumedAt: number };
  readonly progress: { readonly rows: number };
  readonly rejects: string;
  readonly rejections: readonly { readonly reason: string }[];
  readonly error: { readonly message: string; readonly remedy: string };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Said;
}

describe("importing over HTTP", () => {
  let database: TestDatabase;
  let folder: string;
  let imports: ImportJobs;
  let server: FastifyInstance;
  let url: string;

  before(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), "ringwright-http-"));
    const failed = (error: unknown): void => { throw error; };
    imports = new ImportJobs({ databaseUrl: database.url, folder, failed });
    server = httpServer({ token, imports, failed });
    url = await server.listen({ host: "127.0.0.1", port: 0 });
  });
  after(async () => {
    await imports.close();
    await server.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const ask = async (
    method: "GET" | "POST" | "DELETE", path: string, body?: string,
    headers: Record<string, string> = { authorization: `Bearer ${token}` },
  ): Promise<Answer> => {
    const answer = await send(`${url}${path}`, {
      method, headers: { "content-type": "text/csv", ...headers },
      ...(body !== undefined && { body }),
    });
    const said = await answer.body.text();
    const json = said.startsWith("{") ? said : "{}";
    return { status: answer.statusCode, text: said, body: JSON.parse(json) as Said };
  };

  const ended = async (id: string): Promise<Answer> => {
    const answer = await waitUntil(async () => {
      const now = await ask("GET", `/v1/imports/${id}`);
      return now.body.state === "running" ? undefined : now;
    }, { deadlineMs: 30_000 });
    if (answer === undefined) throw new Error(`import ${id} does not end`);
    return answer;
  };

  const check = async (answer: Promise<Answer>, status: number, code: string): Promise<Answer> => {
    const got = await answer;
    expect(got.status, JSON.stringify(got.body)).to.equal(status);
    expect(got.body).to.have.nested.property("error.code", code);
    expect(got.body.error.remedy).to.not.equal("");
    return got;
  };

  it("takes a file, tells how far it is, and gives the rejected rows", async () => {
    const sent = await ask("POST", "/v1/lists/spring/imports?region=CN&source=crm",
      "手机,姓名\n13800138000,张三\n138****8000,李四\n");
    expect(sent.status).to.equal(202);
    expect(sent.body).to.deep.include({ list: "spring", state: "running" });
    expect(sent.body.file.fields).to.eql({ phone: "手机", name: "姓名" });
    const done = await ended(sent.body.id);
    expect(done.body).to.deep.include({ state: "finished" });
    expect(done.body.summary).to.include({ rows: 2, added: 1, rejected: 1 });
    const rejects = await ask("GET", done.body.rejects);
    expect(rejects.text).to.match(/3,手机,digits of the number are hidden,138\*{4}8000,李四/);
    expect((await readdir(folder)).filter((name) => !name.endsWith(".rejected.csv"))).to.eql([]);
  });

  it("is known in the audit log by the address that asked", async () => {
    const entries = await database.query("select distinct who from audit_log where what like 'import%'");
    expect(entries).to.eql([{ who: "http:127.0.0.1" }]);
  });

  it("adds nothing when the file is sent again, and has the columns of its source", async () => {
    const again = await ask("POST", "/v1/lists/spring/imports?region=CN&source=crm",
      "手机,姓名\n13800138000,张三\n138****8000,李四\n");
    expect((await ended(again.body.id)).body.summary).to.include({ added: 0, known: 1 });
    const odd = await ask("POST", "/v1/lists/odd/imports?region=CN&source=odd&map=phone%3Dx",
      "x,y\n13800138000,1\n");
    expect((await ended(odd.body.id)).body.summary).to.include({ added: 1 });
    const next = await ask("POST", "/v1/lists/odd/imports?region=CN&source=odd",
      "y,x\n1,13800138001\n");
    expect(next.body.file.fields).to.eql({ phone: "x" });
    expect((await ended(next.body.id)).body.summary).to.include({ added: 1 });
  });

  it("looks at a file and changes nothing when it is told to", async () => {
    const tried = await ask("POST", "/v1/lists/dry/imports?region=CN&dryRun=true",
      "phone\n13800138000\nx\n", { authorization: `Bearer ${token}`, "accept-language": "zh-CN" });
    expect(tried.status).to.equal(200);
    expect(tried.body).to.deep.include({ rows: 2, good: 1, rejected: 1 });
    expect(tried.body.rejections[0]).to.include({ line: 3, column: "phone" });
    expect(tried.body.rejections[0]?.reason).to.match(/[一-鿿]/);
    expect(await database.query("select from dial_lists where name = 'dry'")).to.eql([]);
  });

  it("asks for the token before anything else", async () => {
    for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: token }]) {
      await check(ask("POST", "/v1/lists/a/imports", "phone\n", headers as Record<string, string>),
        401, "unauthorised");
    }
    await check(ask("GET", "/v1/nothing", undefined, {}), 401, "unauthorised");
    expect((await ask("GET", "/healthz", undefined, {})).body).to.eql({ ok: true });
  });

  it("says what cannot be used, and how to mend it, in the person's language", async () => {
    await check(ask("POST", "/v1/lists/a/imports?region=XX", "phone\n138\n"), 422, "cannot-be-used");
    await check(ask("POST", "/v1/lists/a/imports", "name\nBob\n"), 422, "cannot-be-used");
    await check(ask("POST", "/v1/lists/a/imports"), 422, "cannot-be-used");
    await check(ask("POST", "/v1/lists/a/imports?colour=red", "phone\n"), 400, "bad-request");
    await check(ask("GET", "/v1/imports/zz"), 400, "bad-request");
    await check(ask("GET", `/v1/imports/${"0".repeat(32)}`), 404, "no-such-import");
    await check(ask("GET", `/v1/imports/${"0".repeat(32)}/rejects`), 404, "no-rejects");
    await check(ask("GET", "/v1/other"), 404, "not-found");
    const zh = await check(ask("POST", "/v1/lists/a/imports", "name\nBob\n",
      { authorization: `Bearer ${token}`, "accept-language": "zh" }), 422, "cannot-be-used");
    expect(zh.body.error.message).to.match(/未找到电话号码列/);
  });

  it("is interrupted by a word, and goes on when the file is sent again", async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `138${10_000_000 + i}`);
    const file = `phone\n${lines.join("\n")}\n`;
    const sent = await ask("POST", "/v1/lists/long/imports?region=CN", file);
    await waitUntil(async () =>
      (await ask("GET", `/v1/imports/${sent.body.id}`)).body.progress.rows >= 20_000 || undefined,
    { deadlineMs: 20_000 });
    expect((await ask("DELETE", `/v1/imports/${sent.body.id}`)).status).to.equal(202);
    const stopped = await ended(sent.body.id);
    expect(stopped.body).to.have.nested.property("error.message").match(/interrupted/);
    const again = await ask("POST", "/v1/lists/long/imports?region=CN", file);
    expect(again.body.id).to.equal(sent.body.id);
    const done = await ended(again.body.id);
    expect(done.body.summary).to.include({ rows: 200_000, added: 200_000 });
    expect(done.body.summary.resumedAt).to.be.greaterThan(0);
  });
});
