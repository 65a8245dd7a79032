/** That rows are looked up, however large the tables are or become. */
import { expect } from "chai";
import { leadFacts } from "./compliance.ts";
import type { Statement } from "./database.ts";
import { freeLeases } from "./hopper.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (node: PlanNode): readonly PlanNode[] =>
  [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** As the controller's connections plan: src/store/postgres/database.ts. */
async function planOf(database: TestDatabase, { text }: Statement): Promise<readonly PlanNode[]> {
  await database.query("set enable_seqscan = off");
  const [row] = await database.query(`explain (generic_plan, format json) ${text}`);
  const [{ Plan: plan }] = row?.["QUERY PLAN"] as [{ Plan: PlanNode }];
  return nodesOf(plan);
}

describe("what the gate asks of each lead", () => {
  let database: TestDatabase;
  before(async () => { database = await createTestDatabase(); });
  after(() => database.drop());

  it("has every number in the same collation, so that any index serves any look-up", async () => {
    const columns = await database.query(`
      select c.relname || '.' || a.attname as name, l.collname as collation
      from pg_attribute a join pg_class c on c.oid = a.attrelid
        join pg_collation l on l.oid = a.attcollation
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and (a.attname = 'phone' and c.relname <> 'agents'
          or a.attname = 'number' and c.relname = 'attempts')`);
    expect(columns.map(({ name }) => name)).to.include.members(
      ["leads.phone", "do_not_call.phone", "consents.phone", "attempts.number"]);
    for (const { name, collation } of columns) expect(collation, String(name)).to.equal("C");
  });

  it("reads no index from one end to the other, even when planned for empty tables", async () => {
    const nodes = await planOf(database, leadFacts);
    const looks = nodes.filter((node) => /^(Bitmap )?Index/.test(node["Node Type"]));
    for (const node of looks.filter((each) => each["Relation Name"] !== "erased_numbers")) {
      expect(node["Index Cond"], JSON.stringify(node)).to.match(/ = /);
    }
    const read = new Set(nodes.flatMap((node) => node["Relation Name"] ?? []));
    expect([...read]).to.include.members(
      ["attempts", "do_not_call", "campaign_do_not_call", "consents", "lead_numbers"]);
    expect(nodes.filter((node) => node["Node Type"] === "Seq Scan")).to.deep.equal([]);
  });
});

describe("what a controller that is gone had leased", () => {
  let database: TestDatabase;
  before(async () => { database = await createTestDatabase(); });
  after(() => database.drop());

  it("is found among what waits for no longer than a lease lasts", async () => {
    const reads = (await planOf(database, freeLeases))
      .filter(({ "Index Cond": condition }) => condition !== undefined)
      .map((node) => `${node["Index Name"] ?? ""}: ${node["Index Cond"] ?? ""}`);
    expect(reads).to.have.length(2);
    expect(reads.join("\n")).to.match(/^campaign_leads_wake: .*campaign_id = .*not_before <= /m)
      .and.match(/^campaign_leads_pkey: .*campaign_id = .*lead_id = /m);
  });
});
