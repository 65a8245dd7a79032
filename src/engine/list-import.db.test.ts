import { expect } from "chai";
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import type { DialNumber } from "../ids.ts";
import type { Encoding } from "../leads/encoding.ts";
import type { LeadRow } from "../leads/row.ts";
import { limits } from "../limits.ts";
import { openImportStore, type ImportProgress, type ImportStore } from "../store/postgres/import.ts";
import type { OwnTables } from "../store/postgres/import-table.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { inspectListFile } from "./list-file.ts";
import { importList, type ImportSummary } from "./list-import.ts";

const everyFile: OwnTables = { fromBytes: 0, most: 1_000 };
const noFile: OwnTables = { fromBytes: Infinity, most: 0 };

for (const [where, tables] of [
  ["among all others", noFile], ["as a table of its own", everyFile],
] as const) describe(`importing a list ${where}`, () => {
  let database: TestDatabase;
  let store: ImportStore;
  let folder: string;
  let count = 0;

  before(async () => {
    database = await createTestDatabase();
    store = await openImportStore(database.url, { tables });
    folder = await mkdtemp(join(tmpdir(), "ringwright-import-"));
  });
  after(async () => {
    await store.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const fileOf = async (content: string | Buffer): Promise<string> => {
    const path = join(folder, `list-${++count}.csv`);
    await writeFile(path, content);
    return path;
  };

  const importFile = async (
    path: string, list = path, { interruptAfter = Infinity, into = store, encoding }:
    { interruptAfter?: number; into?: ImportStore; encoding?: Encoding } = {},
  ): Promise<ImportSummary> => {
    const file = await inspectListFile(path,
      { region: "CN", order: [], encoding, delimiter: undefined });
    const interrupt = new AbortController();
    return importList({
      file, list, rejectFile: `${path}.rejected.csv`, language: "en", signal: interrupt.signal,
      onStep: ({ rows }) => { if (rows >= interruptAfter) interrupt.abort(); },
    }, into);
  };

  const leadsOf = async (list: string): Promise<string[]> =>
    (await database.query(`
      select concat_ws(' ', l.phone, nullif(l.name, ''), l.language, l.time_zone,
        nullif(l.data::text, '{}'), (select string_agg(n.phone, '+' order by n.position)
          from lead_numbers n where n.lead_id = l.id)) as lead
      from listed_leads l join dial_lists d on d.id = l.list_id where d.name = $1 order by l.id`,
    [list])).map((row) => row["lead"] as string);

  const check = async (
    content: string | Buffer, leads: readonly string[], rejects: readonly string[],
  ): Promise<void> => {
    const path = await fileOf(content);
    const summary = await importFile(path);
    expect(await leadsOf(path)).to.eql(leads);
    const rejected = summary.rejectFile === undefined ? ""
      : await readFile(summary.rejectFile, "utf8");
    expect(rejected.split("\r\n").slice(1, -1)).to.eql(rejects);
  };

  it("brings in what people are worth, and takes it over for those who are in the list", async () => {
    const valuesOf = async (list: string) => (await database.query(`
      select right(l.phone, 1) || ':' || s.lifetime_value as value
      from leads l join dial_lists d on d.id = l.list_id join lead_scores s on s.lead_id = l.id
      where d.name = $1 order by l.phone`, [list])).map((row) => row["value"]).join(" ");
    const first = await fileOf("手机,姓名,客户价值\n13900139001,张三,1.2万\n13900139002,李四,\n"
      + "13900139003,王五,￥300\n13900139004,赵六,很高\n13900139005,,7\n");
    expect(await importFile(first)).to.include({ added: 4, rejected: 1 });
    expect(await valuesOf(first)).to.equal("1:12000 3:300 5:7");
    expect(await importFile(first)).to.include({ added: 0, known: 4 });
    const second = await fileOf("手机,客户价值\n13900139001,15000\n13900139002,80\n13900139003,\n");
    expect(await importFile(second, first)).to.include({ added: 0, known: 3 });
    expect(await valuesOf(first)).to.equal("1:15000 2:80 3:300 5:7");
  });

  it("puts rows of any encoding and delimiter into the list, in the file's order", async () => {
    const rows = "姓名\t手机\t备用电话\n张三\t139-0013-9000\t010-62345678\n李四\t13800138000\t\n";
    const leads = ["+8613900139000 张三 +861062345678", "+8613800138000 李四"];
    await check(rows, leads, []);
    await check(`\ufeff${rows}`, leads, []);
    await check(Buffer.from(`\ufeff${rows}`, "utf16le"), leads, []);
    await check(rows.replaceAll("\t", ";").replaceAll("\n", "\r\n"), leads, []);
    await check(Buffer.from("d0d5c3fb2cb5e7bbb00ad5c5c8fd2c31333930303133393030300a", "hex"),
      ["+8613900139000 张三"], []);
  });

  it("keeps what COPY and JSON have letters of their own for", async () => {
    await check('phone,name,note\n13800138000,a\\b \\N,"tab\there\nnew ""line"" \\."\n', [
      '+8613800138000 a\\b \\N {"note":"tab\\there\\nnew \\"line\\" \\\\."}',
    ], []);
  });

  it("rejects broken rows and takes the others", async () => {
    await check([
      "phone,name", '13800138000,"Bob', "13800138001,Al", "138&00138002,Cy",
      '"13800\n138003",Di', "13800138004,=cmd()", `13800138005,${"x".repeat(300)}`,
      "13800138006,a,b", "", "13800138001,Al again", "12345,Ed",
    ].join("\n"), ["+8613800138001 Al"], [
      '2,,a quotation mark is opened and never closed,"13800138000,""Bob"',
      "4,phone,a character that no number has,138&00138002,Cy",
      '5,phone,a line break or control character in the number,"13800\n138003",Di',
      "7,name,a spreadsheet formula instead of a value,13800138004,'=cmd()",
      `8,name,more than 200 letters,13800138005,${"x".repeat(300)}`,
      "9,,the line has more cells than the header has columns,13800138006,a,b",
      "11,phone,the number is that of line 3,13800138001,Al again",
      "12,phone,too few digits; the area code may be missing,12345,Ed",
    ]);
  });

  it("rejects bytes of another encoding row by row", async () => {
    const path = await fileOf(
      Buffer.from("phone,name\n13800138000,Al\n13800138001,\xd6\xd0\n", "latin1"));
    const summary = await importFile(path, path, { encoding: "utf-8" });
    expect(summary).to.include({ added: 1, rejected: 1 });
    expect(await readFile(`${path}.rejected.csv`, "utf8"))
      .to.include("3,name,bytes that are not of the file's encoding");
  });

  it("adds nothing the second time, and only what is new of a longer file", async () => {
    const path = await fileOf("phone\n13800138000\n13800138001\n");
    expect(await importFile(path)).to.include({ rows: 2, added: 2, known: 0 });
    expect(await importFile(path)).to.include({ rows: 2, added: 0, known: 2 });
    await appendFile(path, "13800138002\n");
    expect(await importFile(path)).to.include({ rows: 3, added: 1, known: 2 });
  });

  it("leaves the list alone when interrupted, and goes on from there", async () => {
    const numbers = Array.from({ length: 60_000 }, (_, i) =>
      i % 100 === 0 ? "bad" : `138${10_000_000 + i}`);
    const path = await fileOf(`phone\n${numbers.join("\n")}\n`);
    const failure = await importFile(path, path, { interruptAfter: 30_000 })
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UserError).with.property("message").match(/interrupted/);
    expect(await leadsOf(path)).to.eql([]);
    const summary = await importFile(path);
    expect(summary.resumedAt).to.be.greaterThan(20_000);
    expect(summary).to.include({ rows: 60_000, added: 59_400, rejected: 600 });
    const rejects = (await readFile(`${path}.rejected.csv`, "utf8")).split("\r\n");
    expect(rejects).to.have.length(602);
    expect((await stat(`${path}.rejected.csv`)).mode & 0o777).to.equal(0o600);
  });

  it("starts again when its reject file is lost", async () => {
    const numbers = Array.from({ length: 50_000 }, (_, i) =>
      i === 5 ? "bad" : `139${10_000_000 + i}`);
    const path = await fileOf(`phone\n${numbers.join("\n")}\n`);
    await importFile(path, path, { interruptAfter: 30_000 }).catch(() => undefined);
    await rm(`${path}.rejected.csv.part`);
    expect(await importFile(path))
      .to.include({ rows: 50_000, added: 49_999, rejected: 1, resumedAt: 0 });
  });

  it("knows a number it brought in before it was interrupted, and its list's own", async () => {
    const numbers = Array.from({ length: 60_000 }, (_, i) => `137${10_000_000 + i % 59_990}`);
    const path = await fileOf(`phone\n13500000001\n${numbers.join("\n")}\n`);
    await importFile(await fileOf("phone\n13500000001\n"), path);
    await importFile(path, path, { interruptAfter: 30_000 }).catch(() => undefined);
    expect(await importFile(path))
      .to.include({ rows: 60_001, added: 59_990, doubled: 10, known: 1 });
  });

  it("finishes what had only to be put into the list", async () => {
    const path = await fileOf("phone,phone2,value\n13500000021,13500000022,7\n13500000023,,\n");
    const failing: ImportStore = {
      ...store,
      finish: () => Promise.reject(new UserError(text("away", "不在"), text("wait", "请等待"))),
    };
    const failure = await importFile(path, path, { into: failing })
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UserError);
    expect(await leadsOf(path)).to.eql([]);
    expect(await importFile(path)).to.include({ resumedAt: 2, added: 2 });
    expect(await leadsOf(path)).to.eql(["+8613500000021 +8613500000022", "+8613500000023"]);
    expect(await database.query(`
      select from lead_scores s join leads l on l.id = s.lead_id where l.phone = '+8613500000021'`))
      .to.have.length(1);
  });

  it("takes an interrupted import back when another file comes into the list", async () => {
    const numbers = Array.from({ length: 50_000 }, (_, i) => `136${10_000_000 + i}`);
    const path = await fileOf(`phone\n${numbers.join("\n")}\n`);
    await importFile(path, path, { interruptAfter: 30_000 }).catch(() => undefined);
    expect(await importFile(await fileOf("phone\n13610000000\n"), path))
      .to.include({ added: 1, known: 0 });
    expect(await leadsOf(path)).to.eql(["+8613610000000"]);
  });

  it("knows people by any of their numbers", async () => {
    const path = await fileOf([
      "phone,phone2", "13400000001,13400000002", "13400000003,", "13400000002,13400000008",
      "13400000004,13400000001", "13400000005,13400000009", "",
    ].join("\n"));
    // A number that is nobody's first may be shared: a family has one line at home.
    const leads = ["+8613400000001 +8613400000002", "+8613400000003", "+8613400000005 +8613400000009"];
    expect(await importFile(path)).to.include({ added: 3, doubled: 2 });
    expect(await leadsOf(path)).to.eql(leads);
    const more = await fileOf([
      "phone,phone2", "13400000002,", "13400000006,13400000003", "13400000007,13400000009", "",
    ].join("\n"));
    expect(await importFile(more, path)).to.include({ added: 1, known: 2 });
    expect(await leadsOf(path)).to.eql([...leads, "+8613400000007 +8613400000009"]);
  });

  it("leaves people of another list out when it is told to", async () => {
    await importFile(await fileOf("phone\n13300000001\n"), "customers");
    const path = await fileOf("phone\n13300000001\n13300000002\n");
    const file = await inspectListFile(path,
      { region: "CN", order: [], encoding: undefined, delimiter: undefined });
    const order = {
      file, list: "prospects", rejectFile: `${path}.rejected.csv`, language: "en" as const,
      signal: new AbortController().signal, onStep: () => undefined,
    };
    expect(await importList({ ...order, leftOut: ["customers"] }, store))
      .to.include({ added: 1, elsewhere: 1 });
    expect(await leadsOf("prospects")).to.eql(["+8613300000002"]);
    const failure = await importList({ ...order, leftOut: ["none"] }, store).catch((e: unknown) => e);
    expect(failure).to.be.instanceOf(UserError).with.property("message").match(/"none"/);
  });

  it("clears up after a list that was deleted before all of it was in", async () => {
    const numbers = Array.from({ length: 40_000 }, (_, i) => `131${10_000_000 + i}`);
    const path = await fileOf(`phone\n${numbers.join("\n")}\n`);
    await importFile(path, path, { interruptAfter: 20_000 }).catch(() => undefined);
    await database.query("delete from dial_lists where name = $1", [path]);
    await importFile(await fileOf("phone\n13100000000\n"));
    expect(await database.query(`
      select from pg_class c where c.relname like 'import_numbers_%'`)).to.eql([]);
    expect(await leadsOf(path)).to.eql([]);
  });

  it("refuses to run twice at once on one file", async () => {
    const path = await fileOf(`phone\n${"13800138000\n".repeat(40_000)}`);
    const second = await openImportStore(database.url, { tables });
    try {
      const both = await Promise.allSettled([
        importFile(path), importFile(path, path, { into: second }),
      ]);
      expect(both.map((each) => each.status).sort()).to.eql(["fulfilled", "rejected"]);
    } finally {
      await second.close();
    }
    expect(await leadsOf(path)).to.eql(["+8613800138000"]);
  });

  it("leaves out who must not be called, by any of their numbers", async () => {
    await database.query(`insert into do_not_call (phone, registry_id)
      select phone, r.id from do_not_call_registries r,
        unnest(array['+8613800138001', '+861062345678']) as n (phone)`);
    const path = await fileOf(
      "phone,phone2\n13800138000,\n13800138001,\n13800138002,010-62345678\n");
    expect(await importFile(path)).to.include({ added: 1, unwanted: 2, rejected: 0 });
    expect(await leadsOf(path)).to.eql(["+8613800138000"]);
    expect((await readFile(`${path}.rejected.csv`, "utf8")).split("\r\n").slice(1, -1)).to.eql([
      "3,phone,the number is on a do-not-call list,13800138001,",
      "4,phone,the number is on a do-not-call list,13800138002,010-62345678"]);
    await database.query("delete from do_not_call");
  });

  it("asks a filter that was built before the number was added", async () => {
    await database.query(`insert into do_not_call (phone, registry_id)
      select '+8613' || (200000000 + n), 1 from generate_series(1, 60000) n`);
    await store.doNotCall();
    expect((await database.query("select count(*)::int as n from do_not_call_filter"))[0])
      .to.eql({ n: 1 });
    await database.query("insert into do_not_call (phone, registry_id) values ('+8613300000099', 1)");
    const path = await fileOf("phone\n13300000099\n13200000007\n13300000098\n");
    expect(await importFile(path)).to.include({ added: 1, unwanted: 2 });
    await database.query("truncate do_not_call, do_not_call_news, do_not_call_filter");
  });

  it("remembers the columns of a source", async () => {
    expect(await store.sourceMapping("crm")).to.equal(undefined);
    await store.saveSourceMapping("crm", ["phone=A"]);
    await store.saveSourceMapping("crm", ["phone=B", "name=C"]);
    expect(await store.sourceMapping("crm")).to.eql(["phone=B", "name=C"]);
  });

  it("refuses what is no list with one clear sentence", async () => {
    const cases: readonly (readonly [string | Buffer, RegExp])[] = [
      ["", /empty/], [Buffer.from("89504e470d0a1a0a0000", "hex"), /not text in UTF-8/],
      [Buffer.from("504b0304140000", "hex"), /cannot be read as a workbook: .* not a zip file/],
      [Buffer.from("d0cf11e0a1b11ae1", "hex"), /is an old workbook/],
      ["a,b\nx,y\n", /no column of phone numbers/],
      ["x".repeat(limits.importLineChars + 1), /first line .* cannot be read: line-too-long/],
    ];
    for (const [content, what] of cases) {
      const failure = await importFile(await fileOf(content)).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(UserError).with.property("message").match(what);
    }
    const failure = await importFile(join(folder, "none.csv")).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UserError).with.property("message").match(/ENOENT/);
  });
});

describe("tables that large imports have of their own", () => {
  let database: TestDatabase;
  let store: ImportStore;
  const files = { file: "list.csv", bytes: 100, rejects: "rejected.csv" };
  beforeEach(async () => {
    database = await createTestDatabase();
    store = await openImportStore(database.url, { tables: { fromBytes: 100, most: 1 } });
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  const begin = async (list: string, more: Partial<typeof files> = {}): Promise<ImportProgress> =>
    await store.begin(list, list, { ...files, ...more }) as ImportProgress;
  const row = (line: number): LeadRow => ({
    line, numbers: [`+86138${10_000_000 + line}` as DialNumber], name: "", language: undefined,
    timeZone: undefined, value: undefined, data: "{}",
  });
  const bring = async (list: string, lines: readonly number[]): Promise<ImportProgress> => {
    const at = await begin(list);
    await store.store({ ...at, taken: lines.length }, lines.map(row), []);
    await store.finish(at);
    return at;
  };

  it("are for large files, and for so many lists", async () => {
    expect(await begin("small", { bytes: 99 })).to.include({ own: false });
    expect(await bring("large", [1, 2])).to.include({ own: true });
    expect(await bring("one too many", [1, 2])).to.include({ own: false });
    expect(await database.query(`
      select tableoid::regclass::text as part, id from leads order by phone, id`)).to.eql([
      { part: "leads_together", id: "1" }, { part: "import_leads_2", id: "2000000001" },
      { part: "leads_together", id: "2" }, { part: "import_leads_2", id: "2000000002" },
    ]);
  });

  it("take no number twice, nor one that the list has", async () => {
    await store.close();
    store = await openImportStore(database.url, { tables: { fromBytes: 100, most: 10 } });
    await bring("list", [1, 2]);
    for (const [lines, said] of [[[3, 3], /import_leads_\d+_phone/], [[4, 2], /has already/]] as const) {
      const failure = await bring("list", lines).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(Error).with.property("message").match(said);
      await database.query("update imports set state = 'cancelled' where state = 'reading'");
    }
    expect(await database.query("select from leads")).to.have.length(2);
  });
});
