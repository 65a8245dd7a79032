import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instant } from "../clock.ts";
import { UserError } from "../errors.ts";
import type { ListId } from "../ids.ts";
import { listNamed } from "../store/postgres/dial-list.ts";
import { openDatabase, type Database } from "../store/postgres/database.ts";
import { predictionDesk, type PredictionDesk } from "../store/postgres/prediction-desk.ts";
import { createTestDatabase, type TestDatabase } from "../store/postgres/test-database.ts";
import { inspectListFile } from "./list-file.ts";
import { predictList, type PredictSummary } from "./list-predict.ts";

describe("predictions for a list", () => {
  let test: TestDatabase;
  let database: Database;
  let desk: PredictionDesk;
  let list: ListId;
  let folder: string;

  before(async () => {
    test = await createTestDatabase();
    database = openDatabase(test.url);
    desk = predictionDesk(database);
    folder = await mkdtemp(join(tmpdir(), "ringwright-predict-"));
    await test.query(`
      with list as (insert into dial_lists (name) values ('people'), ('others') returning id)
      insert into leads (list_id, phone)
      select id, '+861380000000' || n from list, generate_series(1, 3) n`, []);
    list = await listNamed(database, "people");
  });
  after(async () => {
    await database.close();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  const load = async (
    content: string, { model, column }: { model?: number; column?: string } = {},
  ): Promise<PredictSummary> => {
    const path = join(folder, "predictions.csv");
    await writeFile(path, content);
    const file = await inspectListFile(path,
      { region: "CN", order: [], encoding: undefined, delimiter: undefined });
    return predictList({
      file, list, column, model, signal: new AbortController().signal, onStep: () => undefined,
    }, desk);
  };

  const stored = async (): Promise<string[]> => (await test.query(`
    select d.name || ' ' || right(l.phone, 1) || ' ' || round(p.answer_probability::numeric, 2)
      || ' ' || m.name as row
    from lead_predictions p join prediction_models m on m.id = p.model_id
    join leads l on l.id = p.lead_id join dial_lists d on d.id = l.list_id
    order by l.id`, [])).map((row) => row["row"] as string);

  const madeAt = instant(Date.UTC(2026, 0, 5));

  it("are stored for the leads of that list, with the model that made them", async () => {
    const model = await desk.model("bttc-1", madeAt);
    const summary = await load(
      "手机,接听概率\n13800000001,0.31\n13800000002,7%\n13900000009,0.5\n13800000003,often\n12,0.2\n",
      { model });
    expect(summary).to.include({ rows: 5, predicted: 2, elsewhere: 1, rejected: 2 });
    expect(summary.rejections.map(({ line, column }) => `${line} ${column}`))
      .to.deep.equal(["5 接听概率", "6 手机"]);
    expect(await stored()).to.deep.equal(["people 1 0.31 bttc-1", "people 2 0.07 bttc-1"]);
  });

  it("loaded again are the same, and yield to a later model's", async () => {
    const again = await desk.model("bttc-1", madeAt);
    expect(await desk.model("bttc-1", madeAt)).to.equal(again);
    await load("phone,p\n13800000001,0.31\n", { model: again });
    const model = await desk.model("bttc-2", madeAt);
    await load("phone,p\n13800000002,0.1\n13800000002,0.2\n", { model });
    expect(await stored()).to.deep.equal(["people 1 0.31 bttc-1", "people 2 0.20 bttc-2"]);
  });

  it("are only looked at without a model", async () => {
    const before = await stored();
    expect(await load("phone,p\n13800000003,0.9\n")).to.include({ predicted: 1 });
    expect(await stored()).to.deep.equal(before);
  });

  it("need a column that holds them", async () => {
    const refused = async (content: string, column?: string): Promise<void> => {
      const error = await load(content, column === undefined ? {} : { column })
        .then(() => undefined, (problem: unknown) => problem);
      expect(error).to.be.instanceOf(UserError);
      expect((error as UserError).message).to.match(/no column/);
    };
    await refused("phone,name\n13800000001,Ann\n");
    await refused("phone,p\n13800000001,0.3\n", "chance");
    expect(await load("phone,v2\n13800000001,0.3\n", { column: "v2" })).to.include({ predicted: 1 });
  });
});
